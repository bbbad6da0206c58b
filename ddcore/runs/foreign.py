"""What a run from elsewhere must look like before it may stand among our own: pages trust the fields they read.

Nothing is mended: what does not fit is refused, and a run that was exported by us always fits.
"""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from ddcore.data.reading import OPTIONS
from ddcore.errors import BadInput
from ddcore.experiments.settings import COMMON, DistillSettings, split
from ddcore.networks import NETWORKS
from ddcore.runs import events

ACCURACY = {"mean": (int, float), "std": (int, float), "repeats": int}
_TESTED_BY_ITSELF = ("accuracy", "initial_accuracy", "random")
_OR_NOT = (int, float, type(None))
_SETTINGS = set(COMMON) - {"variant", "init_score", "zca", "network", "student_network"} - (set(OPTIONS) - {"size"})
"""Settings that readers of a run rely on; the earliest runs have no others."""


def check_config(config: dict[str, Any]) -> None:
    """BadInput unless `config` is that of a distillation run, every field that pages read being there."""
    version = config.get("events", 1)
    if events.is_count(version) and version > events.VERSION:
        raise BadInput(f"This run has events of version {version}; up to {events.VERSION} is read here: update ddcore.")
    settings, dataset = config.get("settings"), config.get("dataset")
    sound = config.get("kind") == "distill" and isinstance(settings, dict) and settings.keys() >= _SETTINGS
    try:
        sound = (
            sound
            and bool(DistillSettings(**split(config["settings"])[0]))
            and bool(datetime.fromisoformat(config["created"]))
        )
    except (BadInput, KeyError, TypeError, ValueError):
        sound = False
    if sound and dataset is not None:
        sound = _has(dataset, {"name": str, "hash": str, "classes": list, "shape": list})
        sound = sound and all(isinstance(name, str) for name in dataset["classes"]) and len(dataset["classes"]) > 0
        sound = sound and len(dataset["shape"]) == 3 and all(isinstance(side, int) for side in dataset["shape"])
        sound = sound and all(isinstance(dataset.get(part, 0), int) for part in ("train", "test"))
    protocol, networks = config.get("protocol"), [config.get(name) for name in ("network", "student_network")]
    sound = sound and all(network is None or _describes(network) for network in networks)
    sound = sound and (protocol is None or _has(protocol, {"name": str, "epochs": int, "repeats": int, "text": str}))
    if not (sound and all(isinstance(config.get(name) or "", str) for name in ("device", "kernel"))):
        raise BadInput("The config.json in the zip does not belong to a distillation run.")


def _describes(network: Any) -> bool:
    """Whether this is what `Network.describe` gives; runs of earlier versions do not say what kind of network."""
    if not isinstance(network, dict) or network.get("name", "convnet") not in NETWORKS.names():
        return False
    return all(isinstance(value, str | int | float | bool) for value in network.values())


def check_status(status: dict[str, Any]) -> None:
    """BadInput unless numbers are numbers, words are words, and a result has the promised form."""
    sound = _has(status, {"step": int, "total": int, "state": str, "note": str, "error": (str, type(None))})
    sound = sound and isinstance(status["phase"], str | None) and isinstance(status["progress"], dict | None)
    result = status["result"]
    if sound and result is not None:
        sound = _has(result, {"run": str, "steps": int, "seconds": (int, float), "protocol": (str, type(None))})
        accuracies = [result.get(name) for name in ("accuracy", "initial_accuracy", "random", "full")] if sound else []
        sound = sound and all(accuracy is None or _has(accuracy, ACCURACY) for accuracy in accuracies)
        sound = sound and isinstance(result.get("kernel_accuracy"), _OR_NOT)
        if sound and (kernel := result.get("kernel")) is not None:
            sound = _has(kernel, {"predictor": str})
            sound = sound and all(_has(kernel.get(name), ACCURACY) for name in _TESTED_BY_ITSELF)
    if not sound:
        raise BadInput("The status.json in the zip does not belong to a run.")


def check_events(path: Path) -> None:
    """BadInput unless every line is an event with the fields that readers of its kind rely on."""
    for line in path.read_bytes().splitlines():
        try:
            event = json.loads(line, parse_constant=lambda _: None)
        except (ValueError, RecursionError):
            event = None
        if not events.is_sound(event):
            raise BadInput("The events.jsonl in the zip does not belong to a run.")


def _has(value: Any, fields: dict[str, Any]) -> bool:
    return isinstance(value, dict) and all(
        name in value and isinstance(value[name], kind) and not isinstance(value[name], bool)
        for name, kind in fields.items()
    )
