"""The one exception that means "the user asked for something impossible", and how its sentence stays one line.

What a file holds may be named in a message: control characters, line ends and texts of a thousand letters too. So every
message is made printable here, and long values are shortened where they are quoted (`shown`, `listed`).
"""

import re
from collections.abc import Sequence

LONGEST = 300
"""Characters of a sentence about what a source holds."""


class BadInput(ValueError):
    """A user's mistake in one sentence: what was wrong, the value, and what is allowed.

    The command line prints it on one line and exits with status 2; pages show it as a message.
    Every other exception is a defect of ours.
    """

    def __init__(self, message: object = ""):
        super().__init__(printable(str(message)))


def full_gpu(error: BaseException) -> str | None:
    """One sentence for PyTorch's error of a GPU whose memory is full, None for any other: it is known by its name, as
    this module does without PyTorch."""
    if type(error).__name__ != "OutOfMemoryError":
        return None
    sizes = [re.search(words + r" ([\d.]+ [KMGT]iB)", str(error)) for words in ("allocate", "capacity of")]
    wanted, whole = (f" of {size[1]}" if size else "" for size in sizes)
    return (
        f"The GPU's memory{whole} is full: a block{wanted} did not fit. Choose fewer real images per class, fewer "
        "images per class or a narrower network, or end what else uses this GPU."
    )


def printable(text: str) -> str:
    """`text` on one line: ends of lines become spaces, other characters without a glyph their escapes."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else " " if c in "\r\n\t" else _escaped(c) for c in text)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape", "backslashreplace").decode()


def shortened(text: str, most: int = LONGEST) -> str:
    """`text` of at most `most` characters: a longer one loses its middle, since its end says what to do."""
    if len(text) <= most:
        return text
    head = (most - 3) * 2 // 3
    return f"{text[:head]}...{text[len(text) - (most - 3 - head) :]}"


def shown(value: object, most: int = 60) -> str:
    """A value as a message quotes it: printable, on one line, and not longer than `most` characters."""
    return shortened(printable(str(value)), most)


def listed(names: Sequence[object], most: int = 10, room: int = 180) -> str:
    """The first names, at most `most` and as many as fit into `room` characters, and how many more there are."""
    found: list[str] = []
    for name in names[:most]:
        text = shown(name, 40)
        if found and sum(map(len, found)) + 2 * len(found) + len(text) > room:
            break
        found.append(text)
    more = len(names) - len(found)
    return ", ".join(found) + (f" and {more:,} more" if more else "")
