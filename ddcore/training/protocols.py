"""How students are trained, how many of them, and what their accuracies say. No torch here: settings read it.

The protocol is the field's (Zhao & Bilen's public one, as restated in Cui et al.'s DC-BENCH): a fresh network, SGD
with momentum, weight decay, batches of 256, DSA augmentation per image, learning rate divided by ten half way
(momentum restarts), the accuracy of the last epoch, mean and standard deviation over repeats. `quick` differs only
in its number of epochs.

Ours, and off unless asked for: `until` stops training students of a set once their mean is known well enough. Students
that happen to agree stop it, so that an interval of 95 % holds in 90 to 95 % of cases (`benchmarks/student_epoch.py`
draws them); baselines, which are kept for all runs, always get every student.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from math import inf, isnan, sqrt

import numpy as np

from ddcore.errors import BadInput
from ddcore.training.confusion import rates

FEWEST = 3
"""Students before an interval can stop an evaluation: of two, the standard deviation says next to nothing."""
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Protocol:
    """How students are trained. `epochs` passes over the set; `lr_student` is divided by ten half way.

    A set gets `repeats` students, or fewer where `until` is given: half a width of the interval, in percentage points.
    """

    name: str
    epochs: int
    repeats: int
    lr_student: float = 0.01
    momentum: float = 0.9
    weight_decay: float = 5e-4
    batch: int = 256
    until: float | None = field(default=None, repr=False)  # no part of the names of what is kept

    def for_set(self, lr_student: float | None) -> "Protocol":
        """This protocol for a set that brings its own step size, where it does."""
        return self if lr_student is None else replace(self, lr_student=lr_student)

    def asked(self, repeats: int | None, until: float | None) -> "Protocol":
        """This protocol with as many students as a person asks for; BadInput where `until` could stop nothing."""
        repeats = repeats or self.repeats
        if until is not None and repeats <= FEWEST:
            raise BadInput(
                f"until={until:g} has no effect with {repeats} students, since an evaluation stops after {FEWEST} at "
                f"the earliest; set repeats to {FEWEST + 1} or more."
            )
        return replace(self, repeats=repeats, until=until)

    def describe(self) -> str:
        text = (
            f"{self.name}: {self.epochs} epochs, SGD {self.lr_student:g} (a tenth after half), "
            f"momentum {self.momentum:g}, weight decay {self.weight_decay:g}, batch {self.batch}, DSA augmentation"
        )
        if self.until is None:
            return text
        return (
            f"{text}; {FEWEST} to {self.repeats} students a set, stopping at a 95 % interval of +-{self.until:g} "
            f"percentage points; random images: {self.repeats} students"
        )

    def to_json(self) -> dict:
        return {**asdict(self), "text": self.describe()}


PROTOCOLS = {
    "quick": Protocol("quick", epochs=300, repeats=3),
    "published": Protocol("published", epochs=1000, repeats=5),
}


def margin(std: float, count: int) -> float:
    """Half the width of Student's 95 % interval of the mean of `count` numbers with this standard deviation (n-1);
    infinite for a single one."""
    from scipy.special import stdtrit

    return float(stdtrit(count - 1, (1 + CONFIDENCE) / 2)) * std / sqrt(count) if count > 1 else inf


@dataclass(frozen=True)
class Accuracy:
    """Fractions of test images classified correctly, one per student; `until`: the rule by which these were enough.

    Of tests that counted them: how often images of each class (row) were taken for each class, over all students.
    Two accuracies are equal if their values are.
    """

    values: tuple[float, ...]
    until: float | None = None
    confusion: np.ndarray | None = field(default=None, compare=False, repr=False)  # (K,K) int64
    probabilities: np.ndarray | None = field(default=None, compare=False, repr=False)
    """(M,K) float32: the students' mean softmax of each synthetic image, where it was taken."""

    @classmethod
    def of(cls, confusions: Iterable[np.ndarray]) -> "Accuracy":
        """The accuracy of tests whose confusions (K,K) these are."""
        found = cls(())
        for counts in confusions:
            found = found.with_one_more(counts)
        return found

    def with_one_more(self, counts: np.ndarray, probabilities: np.ndarray | None = None) -> "Accuracy":
        """This accuracy with that of one more student, whose confusion is `counts`; all or none give probabilities."""
        before = len(self.values)
        if probabilities is not None and self.probabilities is not None:
            probabilities = (before * self.probabilities + probabilities) / np.float32(before + 1)
        return replace(
            self,
            values=(*self.values, int(counts.trace()) / int(counts.sum())),
            confusion=counts if self.confusion is None else self.confusion + counts,
            probabilities=probabilities,
        )

    @property
    def per_class(self) -> list[float | None] | None:
        """The fraction of each class, over all students, null for a class without test images; None if not counted."""
        if self.confusion is None:
            return None
        return [None if isnan(share) else share for share in rates(self.confusion).tolist()]

    @property
    def mean(self) -> float:
        return float(np.mean(self.values))

    @property
    def std(self) -> float:
        """Standard deviation over the repeats (n-1); 0 for a single one."""
        return float(np.std(self.values, ddof=1)) if len(self.values) > 1 else 0.0

    @property
    def margin(self) -> float:
        """Half the width of Student's 95 % interval of the mean, as a fraction; infinite for a single student."""
        return margin(self.std, len(self.values))

    @property
    def enough(self) -> bool:
        """Whether `until` asks for no more students."""
        return self.until is not None and len(self.values) >= FEWEST and 100 * self.margin <= self.until

    def to_json(self) -> dict:
        """As results and events hold it; `until` is there only where it was given."""
        own = {"mean": self.mean, "std": self.std, "repeats": len(self.values)}
        return own if self.until is None else own | {"until": self.until}
