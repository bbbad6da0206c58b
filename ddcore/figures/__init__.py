"""Plotly figures as pure functions of arrays. Each takes `dark` and sets every colour itself, on a clear background.

For Streamlit: `st.plotly_chart(figure, theme=None)`, since its own theme would repaint them.
"""
