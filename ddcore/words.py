"""Numbers as a person writes them, on a page and on the command line, and names where there is little room."""

from collections.abc import Sequence

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def number_word(count: int) -> str:
    """3 -> "three", 60000 -> "60,000"."""
    return _NUMBERS[count] if count < len(_NUMBERS) else f"{count:,}"


def percent(fraction: float) -> str:
    """0.716 -> "71.6 %"."""
    return f"{100 * fraction:.1f} %"


def signed(points: float) -> str:
    """+1.5, or −1.5 with a true minus sign."""
    return f"{round(points, 1) + 0.0:+.1f}".replace("-", "−")


def duration(seconds: float) -> str:
    """As people say it: "8 s", "3 min", "1 h 5 min"."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def told_apart(names: Sequence[str], most: int) -> list[str]:
    """The names, and if one is longer than `most` letters, an ellipsis for the words that all begin or end with.

    So what differs comes first; each keeps a word of its own at least.
    """
    if len(names) < 2 or max(map(len, names)) <= most:
        return list(names)
    split = [name.split() for name in names]
    spare = min(map(len, split)) - 1
    first = _shared(split, spare)
    last = _shared([words[::-1] for words in split], spare - first)
    return [" ".join(["…"] * (first > 0) + words[first : len(words) - last] + ["…"] * (last > 0)) for words in split]


def _shared(names: Sequence[Sequence[str]], most: int) -> int:
    """With how many of the same words all begin, `most` at the most."""
    alike = [len(set(words)) == 1 for words in zip(*names, strict=False)][: max(0, most)]
    return alike.index(False) if False in alike else len(alike)
