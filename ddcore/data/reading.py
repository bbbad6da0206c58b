"""How a source is to be read: what a person may ask for. Standard library only: the server imports this."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from ddcore.errors import BadInput, shown
from ddcore.parameters import check, parameter

SMALLEST_SIDE = 4  # pixels: below that a network has nothing to pool
LARGEST_SIDE = 256  # pixels of a prepared image
RESIZE_HINT = "resize them: --size 32, or “Resize to” on the Library page"  # in every message that a size would help
_COLOURS = {
    "white": (255, 255, 255), "black": (0, 0, 0), "grey": (128, 128, 128), "gray": (128, 128, 128),
    "silver": (192, 192, 192), "red": (255, 0, 0), "green": (0, 128, 0), "blue": (0, 0, 255), "yellow": (255, 255, 0),
    "cyan": (0, 255, 255), "magenta": (255, 0, 255), "orange": (255, 165, 0), "pink": (255, 192, 203),
}  # fmt: skip
_HEX = re.compile(r"#[0-9a-fA-F]{6}")
FLIPS = {
    "auto": ("Automatic", "off for digits and letters, else on"),
    "on": ("On", "a mirrored image keeps its meaning"),
    "off": ("Off", "a mirrored image may mean something else"),
}


def column_hint(kind: str) -> str:
    """How to say which column holds the images or the labels, `kind` being "image" or "label"."""
    return f"--{kind}-column NAME, or “{kind.capitalize()} column” on the Library page"


def colour_of(text: str) -> tuple[int, int, int]:
    """(R, G, B) of a colour's name or #rrggbb; `BadInput` for what is none."""
    if _HEX.fullmatch(text):
        return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)
    if text.lower() not in _COLOURS:
        raise BadInput(f"background={shown(text)!r} is not a colour; choose {', '.join(_COLOURS)} or #rrggbb.")
    return _COLOURS[text.lower()]


@dataclass(frozen=True)
class Reading:
    """The options of a source. The same source read otherwise is another dataset. `BadInput` for what is not allowed.

    `size` scales each image's shorter side to so many pixels and crops the centre.
    """

    size: int | None = parameter(
        None,
        "Resize and crop own images to this many pixels.",
        min=SMALLEST_SIDE,
        max=LARGEST_SIDE,
        title="Resize to (pixels)",
    )
    background: str = parameter(
        "white",
        "Colour behind transparent images: a name or #rrggbb.",
        title="Background",
        examples={name: name.capitalize() for name in ("white", "black", "grey")},
        valid=colour_of,
    )
    flip: str = parameter(
        "auto", "Whether training may mirror images left to right.", choices=FLIPS, title="Mirror images"
    )
    image_column: str | None = parameter(
        None, "Column or array that holds the images, where that is not clear.", title="Image column"
    )
    label_column: str | None = parameter(
        None, "Column or array that holds the labels, where that is not clear.", title="Label column"
    )

    def __post_init__(self):
        check(self)


OPTIONS = tuple(field.name for field in fields(Reading))


def options_in(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The options of reading among flat `settings`, as `load_dataset` and `find_hash` take them.

    What is not there, as in runs of earlier versions, is at its default.
    """
    return {name: settings[name] for name in OPTIONS if name in settings}


def asked_of(reading: Reading) -> dict[str, Any]:
    """The options that are not at their defaults."""
    plain = asdict(Reading())
    return {name: value for name, value in asdict(reading).items() if value != plain[name]}


def slug_of(reading: Reading) -> str:
    """What names of datasets say of the options, but for the size: "-black", "-mirrored"; empty at the defaults."""
    words = [reading.image_column, reading.label_column]
    words += [None if reading.background == "white" else reading.background]
    words += [{"on": "mirrored", "off": "unmirrored"}.get(reading.flip)]
    return "".join(f"-{re.sub(r'[^A-Za-z0-9_]+', '', word)[:24]}" for word in words if word)


_SIGN = re.compile(r"(?:(?:digit|letter|number|char|character|upper|lower)s?[ _-]?)?[0-9a-z]", re.IGNORECASE)
_NUMBER_WORDS = {"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"}


def flip_of(asked: str, classes: Sequence[str], published: bool | None = None) -> tuple[bool, str]:
    """(whether training may mirror images, why). `published`: what is known of a published dataset, else None.

    Digits and letters change their meaning in a mirror, so classes that are called so are not mirrored unless asked.
    """
    if asked != "auto":
        return asked == "on", f"mirroring is {asked}, as asked"
    if published is not None:
        reason = (
            "a mirrored image keeps its meaning" if published else "mirrored digits and letters mean something else"
        )
        return published, f"mirroring is {'on' if published else 'off'}: {reason}"
    if all(_SIGN.fullmatch(name) or name.lower() in _NUMBER_WORDS for name in classes):
        return False, "mirroring is off, since the classes are called like digits or letters"
    return True, "mirroring is on, since the classes are not called like digits or letters"
