"""Scores that are made up, jobs that are pretended, and what a page says."""

import time

from ddcore.commands.schema_cache import read_now
from ddcore.files import write_json
from ddcore.importance.scoring import cached_importance_path
from ddcore.parameters import named
from ddcore.runs.folder import create_job


def words(page) -> str:
    return "\n".join(item.value for item in [*page.markdown, *page.caption, *page.info, *page.warning, *page.error])


def defaults(name: str) -> dict:
    return {row["name"]: row["default"] for row in read_now()["scores"][name] if row["name"] != "device"}


def kept_as(dataset, name: str, seed: int = 0):
    """The file of its scores by its default parameters."""
    named_by = named(read_now()["scores"][name], {"device": None} | defaults(name))
    return cached_importance_path(dataset.hash, name, named_by, seed)


def in_line(kind: str, settings: dict, queue=None, restart=False):
    """A job that is at work; of several scores in one line the first, the others wait."""
    run, created = create_job(kind, settings, queue)
    if created:
        tell(run, state="running" if queue is None or settings["score"] == "ridge" else "queued")
    return run


def tell(run, **status) -> None:
    write_json(run.path / "status.json", run.status() | {"updated": time.time()} | status)
