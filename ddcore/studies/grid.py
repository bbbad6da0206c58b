"""Which runs a study is made of: every combination of the values of its axes, seeds outermost.

Whenever a study stops, what is there is paired: seeds come round by round. No torch here: the server reads it.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import cached_property
from itertools import islice, product
from typing import Any

from ddcore.errors import BadInput
from ddcore.experiments.resolving import complete, own_parameters, resolve
from ddcore.experiments.settings import OWN_INIT_SCORE, DistillSettings
from ddcore.files import digest
from ddcore.runs.events import is_count, is_number

ARM = "arm"
"""The axis of settings that change together; its values are the names of arms."""
SEED = "seed"
AXES = ("dataset", "distiller", "ipc", "steps", "init", "importance")
"""Axes that come first, in this order, before any other setting; the seed is outside them all."""
MOST_CELLS = 10_000
MOST_SEED = 2**31 - 1  # as `DistillSettings` has it: so a seed changes nothing of what can be run


@dataclass(frozen=True)
class Cell:
    """One run of a study."""

    choices: dict[str, Any]
    """Axis -> its value here, the seed among them."""
    settings: dict[str, Any]
    """What is asked for: explicit settings, as `resolve` takes them; the rest is the preset's or the default."""
    preset: str | None = None

    @property
    def key(self) -> str:
        """The same for cells that ask for the same, whatever the axes of their study are."""
        return digest(self.preset, {name: value for name, value in self.settings.items() if value is not None})

    def resolved(self) -> dict[str, Any]:
        """Flat settings with every common one present and checked; BadInput, with its reason, for what cannot be.

        A score to start by is left out where the start goes by none.
        """
        init = self.settings.get("init")
        without = () if init is None or init in OWN_INIT_SCORE else ("init_score",)
        return resolve({name: value for name, value in self.settings.items() if name not in without}, self.preset)


@dataclass(frozen=True)
class Grid:
    """Axes and what all cells share. `arms`: name -> settings that change together; {} for none.

    What is fixed, or set by an arm, may be for one method only: {"lr_images": 1.0, "ncfm.lr_images": 0.04} is 0.04 in
    the cells of NCFM and 1.0 in all others. An arm counts more than what is fixed.
    """

    axes: dict[str, tuple[Any, ...]]
    fixed: dict[str, Any] = field(default_factory=dict)
    arms: dict[str, dict[str, Any]] = field(default_factory=dict)
    preset: str | None = None

    def __post_init__(self):
        axes = {name: tuple(values) for name, values in self.axes.items()}
        order = [name for name in (*AXES, *axes) if name in axes and name != SEED]
        object.__setattr__(self, "axes", {name: axes[name] for name in (*dict.fromkeys(order), SEED) if name in axes})
        self._check()

    def _check(self) -> None:
        if not self.axes.get(SEED):
            raise BadInput("A study needs seeds; give at least one.")
        if not all(is_count(seed) and seed <= MOST_SEED for seed in self.axes[SEED]):
            raise BadInput(
                f"seed={list(self.axes[SEED])!r} is not allowed; seeds are whole numbers from 0 to {MOST_SEED:,}."
            )
        self._check_methods()
        for name, values in self.axes.items():
            if not values:
                raise BadInput(f"{name} has no values; give at least one, or leave it out.")
            if len({repr(value) for value in values}) < len(values):
                raise BadInput(f"{name}={list(values)!r} names a value twice; each is one column of the study.")
            if fixed := next((given for given in self.fixed if _setting(given) == name), None):
                raise BadInput(f"{name} is both varied and fixed to {self.fixed[fixed]!r}; choose one.")
            if arm := next((arm for arm, settings in self.arms.items() if name in map(_setting, settings)), None):
                raise BadInput(f"{name} is both varied and set by the arm {arm!r}; choose one.")
        if self.size > MOST_CELLS:
            raise BadInput(f"The study would have {self.size:,} runs; at most {MOST_CELLS:,} are allowed.")

    def _check_methods(self) -> None:
        """BadInput for a setting of one method that no cell has, or that is varied."""
        given = [self.fixed, *self.arms.values()]
        methods = {*self.axes.get("distiller", ()), *(settings.get("distiller") for settings in given)} - {None}
        for name in {name for settings in given for name in settings if "." in name}:
            method, _, setting = name.partition(".")
            if method not in (methods or {DistillSettings.distiller}) or not setting or setting == "distiller":
                raise BadInput(
                    f"{name!r} sets nothing in this study; write a method of its own, a point and a setting."
                )
        for name in self.axes:
            if "." in name:
                raise BadInput(f"{name!r} is for one method only, so it cannot be varied; fix it or set it by an arm.")

    @property
    def size(self) -> int:
        """The number of cells, those that cannot be run among them."""
        count = max(1, len(self.arms))
        for values in self.axes.values():
            count *= len(values)
        return count

    @property
    def varied(self) -> dict[str, tuple[Any, ...]]:
        """The axes that have more than one value, arms among them, seeds not."""
        axes = ({ARM: tuple(self.arms)} if self.arms else {}) | self.axes
        return {name: values for name, values in axes.items() if len(values) > 1 and name != SEED}

    def cells(self) -> Iterator[Cell]:
        """Every combination, seed by seed."""
        others = {name: values for name, values in self.axes.items() if name != SEED}
        arms: dict[str, dict[str, Any]] = self.arms or {"": {}}
        for seed, values, arm in product(self.axes[SEED], product(*others.values()), arms):
            choices = dict(zip(others, values, strict=True)) | {SEED: seed}
            method = (self.fixed | arms[arm] | choices).get("distiller") or DistillSettings.distiller
            settings = _for_method(self.fixed, method) | _for_method(arms[arm], method) | choices
            yield Cell(choices | ({ARM: arm} if arm else {}), settings, self.preset)

    def complete(self, cell: Cell) -> dict[str, Any]:
        """The complete settings of a cell's run; BadInput, with its reason, for what cannot be. Imports the methods.

        A parameter of methods that only other cells have is left out: kmeans has `clusters`, uniform does not.
        """
        return complete(cell.resolved(), foreign=self._parameters)

    @cached_property
    def _parameters(self) -> set[str]:
        """Of all methods of all cells."""
        found: set[str] = set()
        for cell in islice(self.cells(), self.size // len(self.axes[SEED])):
            with suppress(BadInput):  # it is refused when its turn comes
                found |= own_parameters(cell.resolved())
        return found

    def together(self, other: "Grid") -> "Grid":
        """The grid with the values of both. What one of them varies and the other fixes, or leaves at its default, is a
        value of the axis. BadInput if they differ in anything else, which makes them two studies."""
        axes = {name: _distinct(*self._values(name), *other._values(name)) for name in (*self.axes, *other.axes)}
        fixed = [{k: v for k, v in grid.fixed.items() if k not in axes} for grid in (self, other)]
        for name in fixed[0].keys() | fixed[1].keys():
            one, two = (grid.get(name) for grid in fixed)
            if one != two:
                raise BadInput(f"{name} is {one!r} in one of these studies and {two!r} in the other; keep them apart.")
        if (self.arms, self.preset) != (other.arms, other.preset):
            raise BadInput("These studies differ in their arms or in their preset; keep them apart.")
        return Grid(axes, fixed[0], self.arms, self.preset)

    def _values(self, name: str) -> tuple[Any, ...]:
        return self.axes.get(name) or (self.fixed.get(name),)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: Any) -> "Grid":
        """BadInput for what is no grid: this reads files that people write."""
        if not isinstance(value, dict) or not value.keys() <= {"axes", "fixed", "arms", "preset"}:
            raise BadInput("A grid is an object with axes, and perhaps fixed, arms and preset.")
        axes, fixed, arms, preset = (value.get(name) for name in ("axes", "fixed", "arms", "preset"))
        if not isinstance(axes, dict) or not all(_are_values(values) for values in axes.values()):
            raise BadInput("The axes of a grid are an object of settings, each with a list of numbers or names.")
        if not _are_settings(fixed or {}):
            raise BadInput("What is fixed in a grid is an object of settings, each a number or a name.")
        if not isinstance(arms or {}, dict) or not all(map(_are_settings, (arms or {}).values())):
            raise BadInput("The arms of a grid are an object of names, each with an object of settings.")
        if not isinstance(preset, str | None):
            raise BadInput(f"preset={preset!r} is not allowed; it is the name of a preset.")
        return cls(axes, fixed or {}, arms or {}, preset)


def _setting(name: str) -> str:
    """ "lr_images", of itself and of "ncfm.lr_images"."""
    return name.rpartition(".")[2]


def _for_method(settings: dict[str, Any], method: str) -> dict[str, Any]:
    """Plain settings, without those for other methods."""
    own = {_setting(name): value for name, value in settings.items() if name.startswith(f"{method}.")}
    return {name: value for name, value in settings.items() if "." not in name} | own


def _distinct(*values: Any) -> tuple[Any, ...]:
    return tuple({repr(value): value for value in values}.values())


def _are_values(values: Any) -> bool:
    return isinstance(values, list | tuple) and all(
        isinstance(value, bool | str | None) or is_number(value) for value in values
    )


def _are_settings(value: Any) -> bool:
    return isinstance(value, dict) and _are_values(list(value.values()))
