"""What a variant is: a dataset whose training set is changed on purpose, named by a short text.

`long-tail:100`, `duplicates:0.5`, `label-noise:0.1`, `outliers:0.05` (noise images) and `outliers:0.05:mnist` (images
of another dataset). Balanced, clean data are where importance matters least; variants show where it helps and hurts.
`held-out:0.2` is for choosing: a part of the training images tests, so that test images choose nothing.
How a training set is changed is in `planting.py`. Standard library only: the server imports this.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from ddcore.errors import BadInput

EXAMPLES = "long-tail:100, duplicates:0.5, label-noise:0.1, outliers:0.05, outliers:0.05:mnist or held-out:0.2"
HELP = f"a changed training set: {EXAMPLES}"


@dataclass(frozen=True)
class Kind:
    """One kind of variant: what people read of it, and the amounts allowed, both ends included."""

    title: str
    about: str
    amount: str
    low: float
    high: float
    default: float
    planted: tuple[str, str] = ("planted image", "planted images")  # what one of the images is called, and several
    own_tests: bool = False  # whether its test images are others than those of the dataset it is made from


KINDS: dict[str, Kind] = {
    "long-tail": Kind(
        "Long tail",
        "Class sizes fall steadily. Set how many times larger the first is than the last.",
        "imbalance factor",
        1.1,
        10_000,
        100,
    ),
    "duplicates": Kind(
        "Duplicates",
        "This share of the images is replaced by copies of others of their class.",
        "share of copies",
        0.001,
        0.95,
        0.5,
        ("copy", "copies"),
    ),
    "label-noise": Kind(
        "Label noise",
        "This share of the images is given a wrong label, any other class being equally likely.",
        "share of wrong labels",
        0.001,
        0.95,
        0.1,
        ("wrong label", "wrong labels"),
    ),
    "outliers": Kind(
        "Outliers",
        "This share of the images is replaced by noise, or by images of another dataset; labels stay.",
        "share of outliers",
        0.001,
        0.95,
        0.05,
        ("outlier", "outliers"),
    ),
    "held-out": Kind(
        "Held out",
        "This share of each class is kept aside and tests, in place of the test images. Choose by these, then report "
        "by the others.",
        "share kept aside",
        0.001,
        0.95,
        0.2,
        own_tests=True,
    ),
}


@dataclass(frozen=True)
class Variant:
    """`kind` (see `KINDS`), how much of it, and for outliers the dataset they come from (None: uniform noise).

    `str()` is its canonical text, which `parse` reads. `BadInput` for what is not allowed.
    """

    kind: str
    amount: float
    source: str | None = None

    def __post_init__(self):
        if self.kind not in KINDS:
            raise BadInput(f"variant={self.kind!r} is unknown; write one of {EXAMPLES}.")
        kind = KINDS[self.kind]
        object.__setattr__(self, "amount", float(f"{self.amount:g}"))  # the text says all there is to it
        if not kind.low <= self.amount <= kind.high:
            raise BadInput(
                f"variant={str(self)!r} is not allowed; choose the {kind.amount} from {kind.low:g} to {kind.high:g}."
            )
        if self.source is not None and not self.source.strip():
            raise BadInput(f"variant={str(self)!r} names no dataset after its last colon; write outliers:0.05:mnist.")
        if self.source is not None and self.kind != "outliers":
            raise BadInput(f"variant={str(self)!r} is not allowed; only outliers name a dataset: outliers:0.05:mnist.")

    @classmethod
    def parse(cls, text: str) -> "Variant":
        """The variant that `text` names, as `kind:amount` or `outliers:amount:dataset`."""
        kind, *rest = (part.strip() for part in text.split(":", 2))
        if kind in KINDS:
            try:
                return cls(kind, float(rest[0]), *rest[1:])
            except BadInput:
                raise
            except (IndexError, ValueError):
                raise BadInput(
                    f"variant={text!r} does not say the {KINDS[kind].amount}; write {kind}:{KINDS[kind].default:g}."
                ) from None
        raise BadInput(f"variant={text!r} is unknown; write one of {EXAMPLES}.")

    def __str__(self) -> str:
        source = "" if self.source is None else f":{self.source}"
        return f"{self.kind}:{self.amount:g}{source}"

    @property
    def own_tests(self) -> bool:
        """Whether its test images are others than those of its base."""
        return KINDS[self.kind].own_tests

    @property
    def words(self) -> str:
        """As a title says it: "long tail 100:1", "10 % label noise", "5 % outliers from mnist"."""
        if self.kind == "long-tail":
            return f"long tail {self.amount:g}:1"
        source = f" from {Path(self.source).stem}" if self.source else ""
        return f"{100 * self.amount:.4g}\u00a0% {KINDS[self.kind].title.lower()}{source}"

    @property
    def slug(self) -> str:
        """As names of datasets and runs say it: "long-tail-100", "outliers-0.05-mnist"."""
        source = f"-{re.sub(r'[^A-Za-z0-9]+', '-', Path(self.source).stem)}" if self.source else ""
        return f"{self.kind}-{self.amount:g}{source}"
