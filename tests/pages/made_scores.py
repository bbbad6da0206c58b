"""Scores that are made up, jobs that are pretended, and what a page says."""

import time

from ddcore.commands.schema_cache import read_now
from ddcore.files import write_json
from ddcore.runs.folder import create_job


def words(page) -> str:
    return "\n".join(item.value for item in [*page.markdown, *page.caption, *page.info, *page.warning, *page.error])


def defaults(name: str) -> dict:
    return {field["name"]: field["default"] for field in read_now()["scores"][name] if field["name"] != "device"}


def in_line(kind: str, settings: dict, queue=None, restart=False):
    """A job that is at work; of several scores in one line the first, the others wait."""
    run, created = create_job(kind, settings, queue)
    if created:
        tell(run, state="running" if queue is None or settings["score"] == "ridge" else "queued")
    return run


def tell(run, **status) -> None:
    write_json(run.path / "status.json", run.status() | {"updated": time.time()} | status)
