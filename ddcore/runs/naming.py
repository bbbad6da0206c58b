"""What a run is called."""

import re
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


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
