"""Numbers, sizes and text as a person writes them."""

import re
from datetime import datetime

from ddcore.words import number_word, percent, signed

__all__ = ["accuracy_words", "megabytes", "moment", "number_word", "percent", "plain", "signed", "unbroken"]

_MEANINGFUL = re.compile(r"[\\`*_{}\[\]()<>#+\-!|~$]|:(?=\S)")  # a colon before a word: icons and colours of Streamlit


def megabytes(count: float) -> str:
    """A size in bytes: "12 kB", "0.4 MB", "37 MB", "1.2 GB"."""
    size = count / 1e6
    if size < 0.1:
        return f"{count / 1e3:.0f} kB"
    if size >= 1000:
        return f"{size / 1000:.1f} GB"
    return f"{size:.0f} MB" if size >= 10 else f"{size:.1f} MB"


def accuracy_words(accuracy: dict | None) -> str:
    """An accuracy with its spread over n students: "71.3 ± 1.0 %"; a dash if none was measured."""
    if accuracy is None:
        return "–"
    spread = f" ± {100 * accuracy['std']:.1f}" if accuracy["repeats"] > 1 else ""
    return f"{100 * accuracy['mean']:.1f}{spread} %"


def unbroken(text: str) -> str:
    """`text` in which no line ends between a number and its "%" or "±"."""
    return text.replace(" %", "\u00a0%").replace("± ", "±\u00a0")


def plain(text: str) -> str:
    """`text` escaped for Markdown, since names may come from anywhere."""
    return _MEANINGFUL.sub(r"\\\g<0>", text)


def moment(text: str) -> str:
    """A recorded time in this computer's zone: "29 Nov 2026, 15:21"; a dash where it is none."""
    try:
        return datetime.fromisoformat(text).astimezone().strftime("%d %b %Y, %H:%M")
    except (OverflowError, ValueError):  # no date, or one at an end of time that has none in this zone
        return "–"
