"""What a run in closed form proves of its set: the cost of its own predictor beside the lowest possible one."""

from typing import Any, NamedTuple

from ddcore.runs.events import is_count, is_number


class Certified(NamedTuple):
    """Costs per image of linear fits to all training images: of the set's own predictor and of the best one."""

    own: float
    optimum: float
    epsilon: float  # certificate of the images that the fit was solved on, 0 for all of them
    coreset: int  # how many drawn images these are, 0 for all of them

    @classmethod
    def of(cls, event: dict[str, Any], asked: int) -> "Certified | None":
        """From the event of a step; None where the method measures no such thing, or the numbers make no sense.

        `asked`: the size of the coreset by the settings, which counts for runs whose events do not say it.
        """
        found: list[Any] = [event.get(name) for name in ("cost/this set", "cost/optimum", "epsilon")]
        if not all(is_number(value) and value >= 0 for value in found) or found[1] == 0:
            return None
        own, optimum, epsilon = map(float, found)
        coreset: Any = event.get("coreset")
        return cls(own, optimum, epsilon, coreset if is_count(coreset) else asked)

    @property
    def bound(self) -> float | None:
        """What the set's own predictor is guaranteed to cost at most, in units of the lowest cost; None: nothing."""
        return None if self.epsilon >= 1 else (1 + self.epsilon) / (1 - self.epsilon)

    @property
    def ratio(self) -> float:
        """What the set's own predictor costs, in units of the lowest cost."""
        return self.own / self.optimum

    def to_json(self) -> dict[str, float | None]:
        costs = {"cost": self.own, "optimum": self.optimum, "bound": self.bound}
        return {"coreset": self.coreset, "epsilon": self.epsilon, **costs}

    def words(self, images: int | None) -> str:
        """In one sentence, where there are `images` training images."""
        if not self.coreset:
            every = f"all {images:,} training images" if images else "all training images"
            return (
                f"The set's own predictor is the ridge regression of {every}: its cost of {self.own:.4f} per image is "
                f"the lowest possible, {self.optimum:.4f}."
            )
        drawn = f"m = {self.coreset:,} drawn image{'' if self.coreset == 1 else 's'}"
        solved = f"**Certificate of the coreset:** ε = {self.epsilon:.3f} for {drawn}"
        times, costs = f"{self.ratio:.3f} times", f"{self.own:.4f} per image against {self.optimum:.4f}"
        if (most := self.bound) is None:
            none = "which guarantees nothing, since it is not below 1"
            return f"{solved}, {none}. The set's own predictor costs {times} the lowest possible ({costs})."
        return (
            f"{solved}, so the set's own predictor is guaranteed to cost at most (1 + ε) / (1 − ε) = {most:.2f} times "
            f"the lowest possible; it costs {times} ({costs})."
        )


HELP = (
    "The cost is that of ridge regression on all training images: the squared error plus the ridge times the squared "
    "size of the fit. The certificate is exact: every linear fit costs 1 − ε to 1 + ε times as much on the weighted "
    "coreset. The set's own predictor is the best fit of the coreset, hence the guarantee."
)
