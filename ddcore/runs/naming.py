"""What a run, its snapshots and its confusions are called."""

import re
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

RUN_ID = re.compile(r"[a-z0-9_-]{1,120}")
SNAPSHOT = re.compile(r"step_([0-9]{6}|[1-9][0-9]{6,11})\.npz")
"""The name of a snapshot's file; its group is the step. What else is kept of a step has it in another folder."""
CONFUSION = re.compile(
    r"(?:(?P<who>students|kernel)_(?P<step>[0-9]{6}|[1-9][0-9]{6,11})|random|full|kernel-random)\.npz"
)
"""The name of a confusion's file, see `ddcore.runs.confusions`; baselines have no step."""
FOLDERS = ("snapshots", "draws", "steps", "confusions")
"""Those in the folder of a run, each with a file for a step or a test."""


def confusion_name(who: str, step: int | None) -> str:
    return f"{who}.npz" if step is None else f"{who}_{step:06d}.npz"


def snapshot_name(step: int) -> str:
    return f"step_{step:06d}.npz"


def new_id(settings: dict[str, Any], kind: str) -> str:
    """`<time>-<dataset>[-<variant>]-<distiller>-ipc<N>-<4 hex>`, in UTC so that order by name is order by time."""
    parts = [datetime.now(UTC).strftime("%Y%m%d-%H%M%S")]
    if kind != "distill":
        parts.append(_slug(kind))
    if settings.get("dataset"):
        parts.append(_slug(Path(str(settings["dataset"])).stem))
    if settings.get("variant"):
        parts.append(_slug(str(settings["variant"])))
    if settings.get("distiller"):
        parts.append(_slug(str(settings["distiller"])))
    if settings.get("ipc") is not None:
        parts.append(f"ipc{_slug(str(settings['ipc']))}")
    return "-".join([*parts, secrets.token_hex(2)])


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:32] or "x"
