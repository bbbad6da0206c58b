"""Numbers as a person writes them, on a page and on the command line."""

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
