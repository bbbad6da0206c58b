"""The methods of a run in words: what distills, from which start, and how real images come in."""

from typing import Any

from ddcore.distillers import DISTILLERS
from ddcore.distillers.coreset_sizes import size_at
from ddcore.importance import SCORES, UNIFORM
from ddcore.initialisers import INITIALISERS
from ddcore.methods import About, DistillerAbout, StartAbout
from ddcore.sampling.following import FOLLOWERS
from pages.parts.words import plain

_DIRECTIONS = {"easy": ", easy images more often", "hard-then-easy": ", hard images first and easy ones later"}
_REGIMES = {
    "emphasis": "emphasis on them",
    "corrected": "corrected: weights keep the target unbiased",
    "stratified": "stratified: as many images from every range of it",
}


class MethodDescription:
    """Describes the methods that complete `settings` name. Unknown ones go by their names."""

    def __init__(self, settings: dict[str, Any]):
        self.settings = settings

    @property
    def distiller(self) -> DistillerAbout:
        return DISTILLERS.about(self.settings["distiller"])

    @property
    def selects(self) -> bool:
        """Whether nothing is distilled, so that the set stays the selection it starts from."""
        return not self.distiller.distills

    @property
    def own_steps(self) -> int | None:
        """How many steps the run takes by its other settings, whatever is asked for; None: as many as asked for."""
        return self.distiller.own_steps(self.settings)

    @property
    def draws_batches(self) -> bool:
        """Whether importance has real batches to act on."""
        needed = self.distiller.draws_when.items()
        return not self.selects and all(self.settings.get(name) in allowed for name, allowed in needed)

    @property
    def method(self) -> str:
        """ "DM", "not distilled"."""
        return "not distilled" if self.selects else self.distiller.abbreviation

    @property
    def labels(self) -> str:
        """ "learned labels", "solved labels"; "" if they are fixed."""
        asked = str(self.settings.get("labels", "fixed")) if self.distiller.predictor else "fixed"
        kind = "learned" if self.distiller.learns_labels else asked
        return f"{kind} labels" if kind != "fixed" else ""

    @property
    def learns_labels(self) -> bool:
        """Whether the set is a predictor by itself and its labels change, too."""
        return self.distiller.predictor != "" and self.labels != ""

    @property
    def start(self) -> str:
        """ "a k-means coreset of real images", "the hardest images (by relative loss)"."""
        return self._start.phrase + self._chosen_by

    @property
    def short_start(self) -> str:
        return self._start.short + self._chosen_by

    @property
    def _start(self) -> StartAbout:
        return INITIALISERS.about(str(self.settings["init"]))

    @property
    def _chosen_by(self) -> str:
        score = self.settings["init_score"]
        return f" (by {SCORES.about(score).short})" if score else ""

    @property
    def importance(self) -> About:
        """How real batches are drawn: a set that is a predictor uses its own loss, not a student's."""
        name = self.settings["importance"]
        if name not in FOLLOWERS.names():
            return SCORES.about(name)
        about = FOLLOWERS.about(name)
        return about.by_itself if about.by_itself and self.distiller.predictor else about

    @property
    def under_law(self) -> bool:
        """Whether a sampling law (regime, uniform share, temperature, direction) acts on the importance."""
        return under_law(self.settings["importance"])

    @property
    def coreset(self) -> int:
        """Training images that a closed form is solved on, at its last step; 0 for all."""
        size = self.settings.get("coreset")
        return size if self.distiller.closed_form and isinstance(size, int) else 0

    @property
    def _coresets(self) -> str:
        """ "a coreset of 500", "coresets of 125 to 500"."""
        steps = self.own_steps or 1
        if steps == 1:
            return f"a coreset of {self.coreset:,}"
        return f"coresets of {size_at(1, self.coreset, steps):,} to {self.coreset:,}"

    @property
    def short_batches(self) -> str:
        """ "uniform batches", "relative loss emphasis", "relative loss experts", "coreset of 500"."""
        if self.distiller.closed_form:
            return self._coresets.removeprefix("a ") if self.coreset else "all images"
        if self.distiller.experts:
            return f"{self.importance.short} experts"
        if self.settings["importance"] == UNIFORM:
            return "uniform batches"
        return f"{self.importance.short} {self.settings['mode']}" if self.under_law else self.importance.short

    @property
    def solved_on(self) -> str:
        """What a closed form is solved on: "all training images", "a coreset of 500 images (by sensitivity)"."""
        by = {"uniform": "uniform", "importance": f"by {self.importance.short}"}
        drawn = by.get(self.settings.get("coreset_by", ""), "by sensitivity")
        return f"{self._coresets} images ({drawn})" if self.coreset else "all training images"

    @property
    def drawn(self) -> str:
        """How real batches are drawn, as Markdown within a sentence."""
        if self.distiller.closed_form:
            return f"solved in closed form on **{self.solved_on}**"
        name, settings, short = self.settings["importance"], self.settings, self.importance.short
        if self.distiller.experts:
            return f"**{plain(str(settings.get('experts')))} experts** {self._experts_learn}"
        easy = "" if settings["mode"] == "stratified" else _DIRECTIONS.get(settings["direction"], "")
        if name == UNIFORM:
            return "real batches are drawn **uniformly**"
        anew = (
            f", chosen anew every {plain(str(settings['refresh_every']))} steps" if "refresh_every" in settings else ""
        )
        if not self.under_law:
            return f"real batches are **{short}**{anew}"
        mode = settings["mode"]
        by = f"the {self.importance.title}" if name in FOLLOWERS.names() else f"{short} importance"
        return f"real batches are drawn by **{by}**{anew}{easy} ({_REGIMES.get(mode, plain(str(mode)))})"

    @property
    def _experts_learn(self) -> str:
        """What experts do with real images, as Markdown."""
        if self.settings["importance"] == UNIFORM:
            return "train on all real images equally"
        by = f"**{self.importance.short} importance**"
        if self.settings.get("expert_importance") == "batches":
            return f"draw real images by {by}{_DIRECTIONS.get(self.settings['direction'], '')}"
        return f"weight real images by {by}" + (", easy images more" if self.settings["direction"] == "easy" else "")


def under_law(importance: str) -> bool:
    """Whether a sampling law acts on real batches drawn by the score or rule of this name."""
    return (FOLLOWERS if importance in FOLLOWERS.names() else SCORES).about(importance).law
