"""One flat description of a distillation run: what the form, the command line and `config.json` all hold.

The hyper-parameters of the chosen methods (distiller, initialiser, scores) go with the common settings, under
their own names; two methods that share a name share its value. No torch here: the server and the command line's parser
read it.
"""

import dataclasses
from dataclasses import dataclass, replace
from typing import Any

from ddcore.data.reading import Reading
from ddcore.data.variants import HELP as VARIANT_HELP
from ddcore.data.variants import Variant
from ddcore.distillers import DISTILLERS
from ddcore.errors import BadInput
from ddcore.importance import SCORES, UNIFORM
from ddcore.initialisers import INITIALISERS
from ddcore.networks import network_parameter, parsed, text_of
from ddcore.parameters import check, parameter
from ddcore.sampling.following import FOLLOWERS
from ddcore.sampling.law import DIRECTIONS, WEIGHTED, SamplingLaw
from ddcore.training.protocols import FEWEST, PROTOCOLS

MOST_TILES = 8  # along a side
EVALUATIONS = {
    "quick": ("Quick", "students trained for fewer epochs"),
    "published": ("As published", "the papers' 1,000 epochs"),
    "none": ("None", "images and loss only"),
}
OWN_INIT_SCORE = {name: score for name in INITIALISERS.names() if (score := INITIALISERS.about(name).score)}
"""The initialisers that go by a score, and the score where none is asked for."""


_NETWORKS_LATER: dict[str, dict[str, Any]] = {
    name: {"proxy_network": "convnet"} for name in ("loss", "el2n", "grand", "forgetting", "margin", "entropy")
} | {name: {"feature_network": "convnet"} for name in ("ridge", "ridge-coreset", "herding", "k-center")}
_SPEED_LATER: dict[str, Any] = {"real_precision": "float32", "compile": "off"}
LATER: dict[str, dict[str, Any]] = {
    "dm": _SPEED_LATER,
    "ncfm": _SPEED_LATER,
    "kmeans": {"seedings": 1},
} | _NETWORKS_LATER
"""Method -> parameters that came when runs were recorded already, as those runs had them: known without its module."""


@dataclass(frozen=True)
class DistillSettings(SamplingLaw, Reading):
    """Everything but the hyper-parameters of the chosen methods."""

    dataset: str = parameter("digits", "Name, path, or the name of something in the data folder.")
    variant: str | None = parameter(None, f"{VARIANT_HELP[:1].upper()}{VARIANT_HELP[1:]}.")
    distiller: str = parameter("dm", "Distillation method.", choices=DISTILLERS.headings())
    init: str | None = parameter(
        None,
        "How the synthetic set starts; default: the distiller's own.",
        choices=INITIALISERS.headings(),
        title="The synthetic images start from",
    )
    init_score: str | None = parameter(
        None,
        "Score that chooses the start, for starts that need one.",
        choices=SCORES.headings(),
        title="Chosen by",
    )
    importance: str = parameter(
        UNIFORM,
        "How real batches are drawn.",
        choices=SCORES.headings() | FOLLOWERS.headings(),
        title="Real batches are drawn by",
    )
    direction: str = parameter(
        "hard",
        "hard: high scores are drawn more often; easy: low scores are (ranks reversed); hard-then-easy: the first half "
        "of the steps hard, the second easy.",
        choices=DIRECTIONS | {"hard-then-easy": "Hard images first, easy ones in the second half"},
        when=WEIGHTED,
    )
    zca: bool = parameter(
        False,
        "Whiten the images (ZCA, fitted on the training images); published for colour images.",
        title="Whiten images (ZCA)",
    )
    ipc: int = parameter(1, "Synthetic images per class.", min=1, max=10_000, title="Images per class (ipc)")
    factor: int = parameter(
        1,
        "Tiles along each side of a synthetic image: with 2, each holds 4 small images, enlarged to train on. A tile "
        "stores its share of the pixels: with 3, one of an 8-pixel image has 2 to 3 a side. A start takes as many more "
        "real images; ipc counts what is stored.",
        min=1,
        max=MOST_TILES,
        title="Tiles per side (formation)",
    )
    steps: int = parameter(
        1000,
        "Distillation steps; a selection takes 1, and a closed form one for each of its sizes.",
        min=1,
        max=10_000_000,
    )
    network: str = network_parameter(help="The network that distils.")
    width: int = parameter(
        128, "Channels of every block, or units of every layer.", min=1, max=4096, title="Network width"
    )
    depth: int | None = parameter(
        None, "Blocks or layers of the network; default by image size.", min=1, max=8, title="Network depth"
    )
    student_network: str | None = network_parameter(
        None,
        "The network trained on the synthetic set and tested; default: the one that distils.",
        title="Network of the students",
    )
    device: str = parameter("auto", "auto, cpu, cuda:0, mps.")
    evaluation: str = parameter("quick", "How students are trained and tested.", choices=EVALUATIONS, title="Protocol")
    repeats: int | None = parameter(
        None, "Students per accuracy; default 3 for quick, 5 for published.", min=1, max=100, title="Students"
    )
    until: float | None = parameter(
        None,
        "Train no more students on a set once the 95 % interval of their mean accuracy is within this many percentage "
        f"points either way: at least {FEWEST} students, at most as many as asked for. Students that happen to agree "
        "stop it early, so such an interval holds in 90 to 95 % of cases. Random images always get all students. "
        "Default: never stop early.",
        min=0.01,
        max=50,
        title="Stop students at ± points",
    )
    evaluate_every: int | None = parameter(
        None,
        "Steps between accuracies along the way (one student each); 0 for none; default a quarter of the run, and none "
        "for a closed form.",
        min=0,
        title="Steps between accuracies",
    )
    snapshot_every: int | None = parameter(
        None, "Steps between pictures; default a fortieth of the run.", min=1, title="Steps between pictures"
    )
    seed: int = parameter(0, "Seed of all random choices.", min=0, max=2**31 - 1)

    def __post_init__(self):
        check(self)
        if self.variant is not None:
            object.__setattr__(self, "variant", str(Variant.parse(self.variant)))
        self._check_networks()
        self._check_importance()
        if self.evaluation != "none":
            PROTOCOLS[self.evaluation].asked(self.repeats, self.until)
        elif self.until is not None:
            raise BadInput(f"until={self.until:g} has no effect with evaluation='none'; choose quick or published.")
        init = DISTILLERS.about(self.distiller).init if self.init is None else self.init
        object.__setattr__(self, "init", init)
        if self.init_score is None:
            object.__setattr__(self, "init_score", OWN_INIT_SCORE.get(init))
        elif init not in OWN_INIT_SCORE:
            raise BadInput(
                f"init_score={self.init_score!r} has no effect with init={init!r}; choose it with one of "
                f"{', '.join(OWN_INIT_SCORE)}."
            )

    def _check_importance(self) -> None:
        """BadInput for importance that cannot act on what the distiller learns from."""
        about = DISTILLERS.about(self.distiller)
        if self.importance == UNIFORM:
            return
        if about.closed_form and self.later_law is not None:
            raise BadInput(
                f"direction={self.direction!r} turns while a set is distilled, but distiller={self.distiller!r} solves "
                "for it at once; choose hard or easy."
            )
        if not about.distills:
            raise BadInput(
                f"importance={self.importance!r} has no effect with distiller={self.distiller!r}, which draws no real "
                "batches; choose uniform."
            )
        made_before = f"but distiller={self.distiller!r} learns from experts made before"
        if about.experts and self.importance in FOLLOWERS.names():
            raise BadInput(
                f"importance={self.importance!r} rules batches while a set is distilled, {made_before}; choose uniform "
                "or a score."
            )
        if about.experts and self.later_law is not None:
            raise BadInput(
                f"direction={self.direction!r} turns while a set is distilled, {made_before}; choose hard or easy."
            )

    def _check_networks(self) -> None:
        name, fields = parsed(self.network)
        for size in ("width", "depth"):
            if size in fields:
                rest = text_of(name, {key: value for key, value in fields.items() if key != size})
                raise BadInput(
                    f"network={self.network!r} sets its {size}, which is a setting of its own; choose network={rest!r} "
                    f"and {size}={fields[size]}."
                )
        object.__setattr__(self, "network", text_of(name, fields))
        if self.student_network is not None:
            object.__setattr__(self, "student_network", text_of(*parsed(self.student_network)))

    @property
    def network_parameters(self) -> dict[str, Any]:
        """Name and parameters of the network that distils; `None` is left to the network."""
        name, fields = parsed(self.network)
        return {"name": name, "width": self.width, "depth": self.depth, **fields}

    @property
    def student_parameters(self) -> dict[str, Any]:
        """The same of what is trained on the synthetic set and tested. Of the same kind as the network that distils, it
        has its parameters but for those that its own text names; of another kind, its own defaults."""
        if self.student_network is None:
            return self.network_parameters
        name, fields = parsed(self.student_network)
        own = self.network_parameters
        return (own if own["name"] == name else {"name": name}) | fields

    @property
    def law(self) -> SamplingLaw:
        """The sampling law of all steps, or of those before the `later_law`."""
        return SamplingLaw(self.mode, self.uniform, self.temperature, self.direction.partition("-")[0])

    @property
    def later_law(self) -> tuple[int, SamplingLaw] | None:
        """The step after which another law is in force, and that law, if there is one."""
        if self.direction != "hard-then-easy":
            return None
        return self.steps // 2, replace(self.law, direction="easy")

    @property
    def snapshot_interval(self) -> int:
        return self.snapshot_every or max(1, self.steps // 40)

    @property
    def evaluation_steps(self) -> list[int]:
        """Steps at which one student is trained along the way; the last step gets all repeats and is not among them."""
        usual = 0 if DISTILLERS.about(self.distiller).closed_form else max(1, self.steps // 4)
        every = usual if self.evaluate_every is None else self.evaluate_every
        return list(range(every, self.steps, every)) if every and self.evaluation != "none" else []


COMMON = tuple(field.name for field in dataclasses.fields(DistillSettings))


def split(flat: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Flat settings -> (common ones, those of the chosen methods)."""
    common = {name: value for name, value in flat.items() if name in COMMON}
    return common, {name: value for name, value in flat.items() if name not in COMMON}
