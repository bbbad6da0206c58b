"""Runs in words: one description for all pages, whether a run is planned, running or done."""

from dataclasses import asdict
from typing import Any

from ddcore.data.dataset import Dataset
from ddcore.data.variants import Variant
from ddcore.distillers import DISTILLERS
from ddcore.experiments.settings import DistillSettings
from ddcore.importance import SCORES, UNIFORM
from ddcore.initialisers import INITIALISERS
from ddcore.methods import About, DistillerAbout, StartAbout
from ddcore.networks import in_words
from ddcore.sampling.following import FOLLOWERS
from pages.parts.words import number_word, plain

_NETWORKS = ("network", "width", "depth", "student_network")  # settings of the networks
_ROLES = {"": "Network", "trained": "Pool", "exact": "", "drawn": ""}
"""Kind of a method's predictor -> the role of the run's own network; "" if the method does not use it."""

_DIRECTIONS = {"easy": ", easy images more often", "hard-then-easy": ", hard images first and easy ones later"}
_REGIMES = {
    "emphasis": "emphasis on them",
    "corrected": "corrected: weights keep the target unbiased",
    "stratified": "stratified: as many images from every range of it",
}


class RunDescription:
    """Describes a run by its `config`, or just its settings: `RunDescription({"settings": settings})`.

    Settings that an earlier version lacked get their defaults, which mean what those runs did. Unknown methods go by
    their names.
    """

    def __init__(self, config: dict[str, Any]):
        self.config = config
        self.settings: dict[str, Any] = asdict(DistillSettings()) | config["settings"]

    # -- its parts

    @property
    def dataset(self) -> str:
        """The dataset's name; before the data are prepared, the name it will have as far as that is known."""
        variant, known = self.settings["variant"], self.config.get("dataset") or {}
        asked = f"{self.settings['dataset']}" + (f"-{Variant.parse(variant).slug}" if variant else "")
        return known.get("name") or asked

    @property
    def distiller(self) -> DistillerAbout:
        return DISTILLERS.about(self.settings["distiller"])

    @property
    def selects(self) -> bool:
        """Whether nothing is distilled, so that the set stays the selection it starts from."""
        return not self.distiller.distills

    @property
    def takes_one_step(self) -> bool:
        return self.selects or self.distiller.one_step

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
    def particulars(self) -> list[str]:
        """Rare traits that distinguish a run: "learned labels", "2×2 tiles", "whitened"."""
        return [trait for trait in (self.labels, self.tiles, "whitened" if self.settings["zca"] else "") if trait]

    @property
    def tiles(self) -> str:
        """ "2×2 tiles", which a stored image holds; "" if it is one image."""
        factor = self.settings["factor"]
        return f"{factor}×{factor} tiles" if factor > 1 else ""

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
        """Training images that a closed form is solved on; 0 for all."""
        size = self.settings.get("coreset")
        return size if self.distiller.one_step and isinstance(size, int) else 0

    @property
    def short_batches(self) -> str:
        """ "uniform batches", "relative loss emphasis", "relative loss experts", "coreset of 500"."""
        if self.distiller.one_step:
            return f"coreset of {self.coreset:,}" if self.coreset else "all images"
        if self.distiller.experts:
            return f"{self.importance.short} experts"
        if self.settings["importance"] == UNIFORM:
            return "uniform batches"
        return f"{self.importance.short} {self.settings['mode']}" if self.under_law else self.importance.short

    @property
    def students(self) -> str:
        """The network that tests the set, as the run reports it once started: "ConvNet of width 32"."""
        known = self.config.get("student_network") or self.config.get("network")
        return in_words(known or self._asked.student_parameters)

    @property
    def networks(self) -> str:
        """All networks of the run: "Network: ConvNet of width 32", "Pool: MLP. Students: ConvNet of width 32"."""
        role = "" if self.selects else _ROLES[self.distiller.predictor]
        own = in_words(self.config.get("network") or self._asked.network_parameters)
        if not role:
            return f"Students: {self.students}"
        if own != self.students:
            return f"{role}: {own}. Students: {self.students}"
        return f"{role}: {own}" if role == "Network" else f"{role} and students: {own}"

    @property
    def _asked(self) -> DistillSettings:
        return DistillSettings(**{name: self.settings[name] for name in _NETWORKS})

    # -- the whole

    @property
    def title(self) -> str:
        """For a curve: how the set started and how real batches are drawn."""
        return (
            f"{self.short_start}, not distilled" if self.selects else f"{self.short_start} start, {self.short_batches}"
        )

    @property
    def short_name(self) -> str:
        """For lists: dataset, method and batches, budget and seed."""
        method = self.title if self.selects else f"{self.method}, {self.short_batches}"
        words = ", ".join([method, *self.particulars])
        return f"{self.dataset} · {words} · ipc {self.settings['ipc']} · seed {self.settings['seed']}"

    @property
    def details(self) -> str:
        """The details that distinguish runs of one dataset, method and budget."""
        settings, parts = self.settings, [f"from {self.start}", *self.particulars]
        if not self.selects:
            regime = f" ({settings['mode']})" if self.under_law else ""
            what = "experts" if self.distiller.experts else "batches"
            drawn = self.solved_on if self.distiller.one_step else f"{what}: {self.importance.title}{regime}"
            parts = [self.steps, *parts, drawn]
        return " · ".join([*parts, self.networks.replace(". ", " · "), f"seed {settings['seed']}"])

    @property
    def sentence(self) -> str:
        """What the run does, as Markdown."""
        settings, start, dataset, networks = self.settings, self.start, plain(self.dataset), plain(self.networks)
        each = f"{number_word(settings['ipc'])} image{'s' if settings['ipc'] > 1 else ''} per class"
        whitened = " (whitened images)" if settings["zca"] else ""
        tiles = f", each of {self.tiles}" if self.tiles else ""
        if self.selects:
            stand = "stands" if start.startswith("a ") else "stand"
            first = f"**{start[:1].upper()}{start[1:]}** {stand} for **{dataset}**{whitened}: {each}{tiles}"
            return f"{first}, not distilled. {networks}."
        labels = f" with **{plain(self.labels)}**" if self.labels else ""
        device = self.config.get("device") or settings["device"]
        where = "" if device == "auto" else f", on {plain(device)}"  # the worker says which one that is
        predictor = f" Its predictor: {plain(self.config['kernel'])}." if self.config.get("kernel") else ""
        return (
            f"**{self.method}** distills **{dataset}**{whitened} into {each}{labels}{tiles}, starting from "
            f"**{start}**; {self.drawn}. {self.steps}, seed "
            f"{settings['seed']}{where}.{predictor} {networks}."
        )

    def plan(self, dataset: Dataset) -> str:
        """What the run will do, as Markdown, with the sizes of the data."""
        count, (channels, height, width) = self.settings["ipc"] * dataset.num_classes, dataset.shape
        colour, each = "colour" if channels == 3 else "grey", "image" if count == 1 else "images"
        stand = "stands" if count == 1 else "stand"
        sizes = f"**{count:,} {colour} {each}** of {width}×{height} pixels {stand} for **{len(dataset.train):,}**"
        return f"{sizes}. {self.sentence}"

    @property
    def steps(self) -> str:
        return "1 step" if self.settings["steps"] == 1 else f"{self.settings['steps']:,} steps"

    @property
    def solved_on(self) -> str:
        """What a closed form is solved on: "all training images", "a coreset of 500 images (by sensitivity)"."""
        by = {"uniform": "uniform", "importance": f"by {self.importance.short}"}
        drawn = by.get(self.settings.get("coreset_by", ""), "by sensitivity")
        return f"a coreset of {self.coreset:,} images ({drawn})" if self.coreset else "all training images"

    @property
    def drawn(self) -> str:
        """How real batches are drawn, as Markdown within a sentence."""
        if self.distiller.one_step:
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


def loss_words(configs: list[dict[str, Any]]) -> str:
    """One sentence per method on its loss; empty if that is unknown."""
    runs = [RunDescription(config) for config in configs]
    methods = {run.method: run.distiller.loss for run in runs if run.distiller.loss}
    words = [f"The loss of {method} is {loss}." for method, loss in methods.items()]
    if len(words) > 1:
        words.append("These are different quantities: compare their trends, not their values.")
    elif words and len({run.drawn for run in runs}) > 1:
        words.append(
            "Each run's loss is over its own batches, and hard images have a higher loss: compare trends, not values."
        )
    return " ".join(words)
