"""Numbers, sizes and text as a person writes them."""

import re

_MEANINGFUL = re.compile(r"[\\`*_{}\[\]()<>#+\-!|~$]|:(?=\S)")  # a colon before a word: icons and colours of Streamlit
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def number_word(count: int) -> str:
    """3 -> "three", 60000 -> "60,000"."""
    return _NUMBERS[count] if count < len(_NUMBERS) else f"{count:,}"


def percent(fraction: float) -> str:
    return f"{100 * fraction:.1f} %"


def signed(points: float) -> str:
    """+1.5, or −1.5 with a true minus sign."""
    return f"{round(points, 1) + 0.0:+.1f}".replace("-", "−")


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


def plain(text: str) -> str:
    """`text` escaped for Markdown, since names may come from anywhere."""
    return _MEANINGFUL.sub(r"\\\g<0>", text)
