"""Plotly figures as pure functions of arrays. Each takes `dark` and sets every colour itself, on a clear background.

For Streamlit: `st.plotly_chart(figure, theme=None)`, since its own theme would repaint them.
"""

from ddcore.figures.kernel import label_map, label_weights, over_steps
from ddcore.figures.scores import agreement_matrix, finding_curves, rank_dots, score_histogram, score_terms
from ddcore.figures.shares import accuracy_bars, class_mix

__all__ = [
    "accuracy_bars",
    "agreement_matrix",
    "class_mix",
    "finding_curves",
    "label_map",
    "label_weights",
    "over_steps",
    "rank_dots",
    "score_histogram",
    "score_terms",
]
