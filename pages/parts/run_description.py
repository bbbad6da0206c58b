"""Runs in words: one description for all pages, whether a run is planned, running or done."""

from typing import Any

from ddcore.data.dataset import Dataset
from ddcore.data.variants import Variant
from ddcore.experiments.settings import DistillSettings
from ddcore.experiments.sizes import tile_sizes
from ddcore.methods import DistillerAbout
from ddcore.networks import in_words
from ddcore.runs.sets import settings_of
from pages.parts.method_description import MethodDescription
from pages.parts.words import number_word, plain

_NETWORKS = ("network", "width", "depth", "student_network")  # settings of the networks
_ROLES = {"": "Network", "trained": "Pool", "exact": "", "drawn": ""}
"""Kind of a method's predictor -> the role of the run's own network; "" if the method does not use it."""


class RunDescription(MethodDescription):
    """Describes a run by its `config`, or just its settings: `RunDescription({"settings": settings})`.

    Settings that an earlier version lacked are as those runs had them. Unknown methods go by their names.
    """

    def __init__(self, config: dict[str, Any]):
        super().__init__(settings_of(config))
        self.config = config

    # -- its parts

    @property
    def dataset(self) -> str:
        """The dataset's name; before the data are prepared, the name it will have as far as that is known."""
        variant, known = self.settings["variant"], self.config.get("dataset") or {}
        asked = f"{self.settings['dataset']}" + (f"-{Variant.parse(variant).slug}" if variant else "")
        return known.get("name") or asked

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
    def brief(self) -> str:
        """For narrow lists: what tells runs apart comes first, and a seed only if it is not the usual one."""
        settings = self.settings
        what = self.title if self.selects else f"{self.method} {self.short_batches.removesuffix(' batches')}"
        seed = f"seed {settings['seed']}" if settings["seed"] else ""
        return " · ".join(
            filter(None, [", ".join([what, *self.particulars]), f"{self.dataset} ipc {settings['ipc']}", seed])
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
            drawn = self.solved_on if self.distiller.closed_form else f"{what}: {self.importance.title}{regime}"
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
        return " ".join(filter(None, [f"{sizes}.", self.sentence, tile_sizes(self.settings["factor"], dataset.shape)]))

    @property
    def steps(self) -> str:
        return "1 step" if self.settings["steps"] == 1 else f"{self.settings['steps']:,} steps"


def loss_words(configs: list[dict[str, Any]]) -> str:
    """One sentence per method on its loss; empty if that is unknown."""
    runs = [RunDescription(config) for config in configs]
    methods = {run.method: run.distiller.loss for run in runs if run.distiller.loss}
    words = [f"The loss of {method} is {loss}." for method, loss in methods.items()]
    if len(words) > 1:
        words.append("These are different quantities: compare their trends, not their values.")
    elif words and len({run.drawn for run in runs}) > 1 and (reason := _of_its_own(runs[0].distiller)):
        words.append(f"Each run's loss is {reason}: compare trends, not values.")
    return " ".join(words)


def _of_its_own(about: DistillerAbout) -> str:
    """Why the losses of two runs of a method differ in kind where real images come in otherwise; "" if they do not."""
    if about.closed_form:  # over all training images, whatever it is solved on
        return ""
    return "against its own experts" if about.experts else "over its own batches, and hard images have a higher loss"
