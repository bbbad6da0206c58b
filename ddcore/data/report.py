"""What was decided about a source while it was read: shown on the Library page, in `datasets --json` and in runs.

Nothing is left out, changed or mixed without standing here. Standard library only: the server imports this.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

ABOUT = ("split", "files", "labels", "pixels", "size", "flip")
"""What decisions are about, in the order in which they are shown."""


@dataclass(frozen=True)
class Decision:
    """`about`: one of `ABOUT`. `text`: one sentence without its full stop."""

    about: str
    text: str


@dataclass
class Report:
    """What the readers decided. Of a folder or an archive it adds up:

    found = read + used + ignored + the sum of `left_out`. `read`: files of images, or of rows or arrays of images.
    `used`: files that say something about them, such as a table of labels. `ignored`: hidden and system entries.
    `left_out`: suffix -> how many other files. `warnings`: what a person should look at.
    """

    found: int = 0
    read: int = 0
    used: int = 0
    ignored: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    decisions: list[Decision] = field(default_factory=list)
    warnings: list[Decision] = field(default_factory=list)

    def decide(self, about: str, text: str) -> None:
        """Note a decision; the order of `ABOUT` is kept. ValueError if it is about something else."""
        self.decisions.append(Decision(about, text))
        self.decisions.sort(key=lambda decision: ABOUT.index(decision.about))

    def warn(self, about: str, text: str) -> None:
        self.warnings.append(Decision(about, text))

    @property
    def split(self) -> str:
        """The sentence about train and test."""
        return "; ".join(decision.text for decision in self.decisions if decision.about == "split")

    def to_json(self) -> dict[str, Any]:
        """Plain values; `of_json` reads them."""
        counts = {name: getattr(self, name) for name in ("found", "read", "used", "ignored")}
        sentences = {name: [vars(decision) for decision in getattr(self, name)] for name in ("decisions", "warnings")}
        return counts | {"left_out": dict(sorted(self.left_out.items()))} | sentences

    @classmethod
    def of_json(cls, value: dict[str, Any]) -> "Report":
        """The report that `to_json` wrote; ValueError, KeyError or TypeError for anything else."""
        counts = {name: int(value[name]) for name in ("found", "read", "used", "ignored")}
        sentences = {
            name: [Decision(str(one["about"]), str(one["text"])) for one in value[name]]
            for name in ("decisions", "warnings")
        }
        return cls(
            **counts,
            left_out=Counter(dict(value["left_out"])),
            decisions=sentences["decisions"],
            warnings=sentences["warnings"],
        )
