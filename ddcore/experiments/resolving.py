"""From what was asked for to the complete settings of a run, and the methods they choose.

An explicit value beats the preset beats the default. No torch here: the server and the command line's parser read it.
"""

import dataclasses
from collections.abc import Collection
from typing import Any

from ddcore.distillers import DISTILLERS
from ddcore.errors import BadInput
from ddcore.experiments.presets import find_preset, settings_of
from ddcore.experiments.settings import DistillSettings, split
from ddcore.importance import SCORES, UNIFORM
from ddcore.initialisers import INITIALISERS
from ddcore.methods import Registry
from ddcore.parameters import as_before, schema
from ddcore.sampling.following import FOLLOWERS

ELSEWHERE = ("device",)
"""Parameters of methods that the run decides."""


def chosen_methods(settings: DistillSettings) -> dict[str, tuple[Registry, str]]:
    """Role ("distiller", "init", "init_score", "importance") -> the registry and name of what the run uses for it."""
    rule = FOLLOWERS if settings.importance in FOLLOWERS.names() else SCORES
    assert settings.init is not None  # it was filled in
    methods: dict[str, tuple[Registry, str]] = {
        "distiller": (DISTILLERS, settings.distiller),
        "init": (INITIALISERS, settings.init),
        "importance": (rule, settings.importance),
    }
    return methods if settings.init_score is None else methods | {"init_score": (SCORES, settings.init_score)}


def made_methods(flat: dict[str, Any], device: str) -> dict[str, Any]:
    """Role -> the method itself with its parameters from `flat`, on `device`; BadInput for a value out of bounds."""
    common, own = split(flat)
    made = {}
    for role, (registry, name) in chosen_methods(DistillSettings(**common)).items():
        names = [field.name for field in dataclasses.fields(registry.get(name))]
        given = {key: value for key, value in own.items() if key in names}
        made[role] = registry.make(name, **given, **({"device": device} if "device" in names else {}))
    return made


def own_parameters(flat: dict[str, Any]) -> set[str]:
    """Names of the parameters that the methods chosen by resolved settings have. Imports the methods."""
    methods = chosen_methods(DistillSettings(**split(flat)[0])).values()
    return {field.name for registry, name in methods for field in dataclasses.fields(registry.get(name))}


def resolve(explicit: dict[str, Any], preset: str | None = None) -> dict[str, Any]:
    """Flat settings with every common one present and checked: an explicit value beats the preset beats the default.

    Values of `None` count as not given. Raises BadInput for values out of bounds. The methods' own settings are
    passed on as they are (their files may need torch; `complete` checks them).
    """
    given = {name: value for name, value in explicit.items() if value is not None}
    distiller = given.get("distiller", DistillSettings().distiller)
    if preset is not None:
        dataset, ipc = str(given.get("dataset", DistillSettings().dataset)), given.get("ipc")
        known_ipc = ipc if isinstance(ipc, int) else None  # what is no number is refused below
        given = {**settings_of(find_preset(distiller, preset), dataset, known_ipc), **given}
    common, own = split(given)
    settings = DistillSettings(**common)
    assert settings.init is not None  # it was filled in
    about = DISTILLERS.about(settings.distiller)
    for name, allowed in about.draws_when.items():
        if settings.importance != UNIFORM and own.get(name) not in allowed:
            raise BadInput(
                f"importance={settings.importance!r} has no effect with distiller={settings.distiller!r}, which draws "
                f"real batches with {name}={allowed[0]!r} only; choose that or uniform."
            )
    about.check(own)
    usual = about.usual
    usual = {**usual.get(settings.init, {}), **usual.get(settings.importance, {})}
    return {**vars(settings), **_own_steps(settings, own), **usual, **own}


def complete(flat: dict[str, Any], begun: bool = False, foreign: Collection[str] = ()) -> dict[str, Any]:
    """`flat` with all common settings and those of all chosen methods filled in and checked. Imports the methods.

    Runs of earlier versions lack settings of today. One that has `begun` gets what it did then, which is the default
    unless the parameter says otherwise (`before`). Raises BadInput for a setting that belongs to none of the methods,
    but for those of `foreign` names, which are left out.
    """
    settings = DistillSettings(**split(flat)[0])
    if begun:
        for registry, name in chosen_methods(settings).values():
            flat = as_before(schema(registry.get(name)), flat)
    own = split(flat)[1]
    known: dict[str, Any] = {}
    for method in made_methods(flat, "cpu").values():
        known |= {name: value for name, value in dataclasses.asdict(method).items() if name not in ELSEWHERE}
    for name in own:
        if name not in known and name not in foreign:
            methods = ", ".join(dict.fromkeys(name for _, name in chosen_methods(settings).values()))
            raise BadInput(f"None of {methods} has a parameter {name!r}; choose from {', '.join(known)}.")
    return {**vars(settings), **_own_steps(settings, known), **known}


def _own_steps(settings: DistillSettings, own: dict[str, Any]) -> dict[str, Any]:
    """The steps that the distiller takes with its `own` settings, whatever is asked for; empty if it takes those."""
    steps = DISTILLERS.about(settings.distiller).own_steps(own)
    return {} if steps is None else {"steps": steps}
