"""What the table of importance compares: methods with settings small enough for two cores, and groups of conditions."""

from dataclasses import dataclass, field
from typing import Any

HARD = {"mode": "emphasis", "uniform": 0.5, "direction": "hard"}
FOLLOWING = {"importance": "student-loss", "refresh_every": 20}


@dataclass(frozen=True)
class Method:
    """Settings small enough for two cores, and what draws the real batches by importance.

    All that is compared is named, whatever the defaults are one day: lines of today keep their meaning.
    """

    settings: dict[str, Any]
    batches: dict[str, Any]


@dataclass(frozen=True)
class Condition:
    """What differs from random images and uniform batches."""

    own_start: bool = False  # the distiller's own start
    important: bool = False  # the method's batches by importance, `HARD` unless the settings say otherwise
    settings: dict[str, Any] = field(default_factory=dict)


METHODS = {
    "dm": Method({"steps": 100, "width": 16, "batch_real": 64}, {"importance": "loss"}),
    "dsa": Method({"steps": 100, "width": 16, "batch_real": 32, "inner": 5}, {"importance": "loss"}),
    "dc": Method({"steps": 100, "width": 16, "batch_real": 32, "inner": 5}, {"importance": "loss"}),
    "mtt": Method(
        {
            "steps": 100, "width": 16, "experts": 3, "epochs_of_experts": 4, "lr_experts": 0.05, "batch_experts": 256,
            "syn_steps": 10, "batch_syn": 50, "expert_epochs": 1, "max_start": 3, "lr_images": 30, "lr_student": 0.02,
            "lr_alpha": 0.1,
        },
        {"importance": "loss"},
    ),
    "ncfm": Method(
        {"steps": 100, "width": 16, "batch_real": 32, "lr_images": 0.04, "num_frequencies": 256, "factor": 1},
        {"importance": "loss"},
    ),
    "kip": Method({"steps": 100, "batch_real": 200}, FOLLOWING | {"candidates": 0}),
    "rfad": Method(
        {"steps": 100, "batch_real": 50, "random_networks": 2, "random_width": 32, "lr_images": 0.05, "lr_scale": 0.1},
        FOLLOWING | {"candidates": 500},
    ),
    "frepo": Method(
        {"steps": 100, "width": 16, "batch_real": 50, "lr_images": 0.01}, FOLLOWING | {"candidates": 1000}
    ),
}  # fmt: skip
REFERENCE = {"uniform": Condition()}
HALVES = REFERENCE | {
    "start": Condition(own_start=True),
    "batches": Condition(important=True),
    "both": Condition(own_start=True, important=True),
}
LAWS = REFERENCE | {
    "hard": Condition(important=True),  # the same run as `batches`
    "easy": Condition(important=True, settings={"direction": "easy"}),
    "hard, then easy": Condition(important=True, settings={"direction": "hard-then-easy"}),
    "corrected": Condition(important=True, settings={"mode": "corrected"}),
    "stratified": Condition(settings={"importance": "stratified"}),
    "stratified by score": Condition(important=True, settings={"mode": "stratified"}),
}
FOLLOWERS = {  # from the own start
    "start": HALVES["start"],
    "student loss": Condition(own_start=True, settings={"importance": "student-loss"}),
    "representative": Condition(own_start=True, settings={"importance": "representative"}),
}
CHOSEN = REFERENCE | {"easy": LAWS["easy"]}  # held-out figures choose it for DSA; for the others, uniform
SIZES = REFERENCE | {
    f"{size} {rule}": Condition(settings={"batch_real": size} | drawn)
    for size in (8, 16, 32)
    for rule, drawn in {"uniform": {}, "stratified": {"importance": "stratified"}}.items()
}
STEPS = REFERENCE | {  # fewer and more of them with small and large real batches: what an accuracy costs
    f"{size} {rule}, {steps} steps": Condition(settings={"batch_real": size, "steps": steps} | drawn)
    for size, rule, drawn in (
        (64, "uniform", {}), (8, "uniform", {}), (8, "stratified", {"importance": "stratified"})
    )
    for steps in (50, 200)
}  # fmt: skip
GROUPS = {
    "halves": HALVES, "laws": LAWS, "chosen": CHOSEN, "followers": FOLLOWERS, "sizes": SIZES, "steps": STEPS,
}  # fmt: skip
"""Conditions that are compared with one another: each with the first of its group."""
TIMED = ("sizes", "steps")
"""Groups whose conditions take different times."""
