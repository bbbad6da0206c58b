"""What each preset will take on the dataset chosen: measured by the job of the estimate, kept like any other."""

from typing import Any

from ddcore.commands.schema_cache import Schema
from ddcore.experiments.resolving import resolve
from ddcore.runs import states
from ddcore.runs.folder import job_folder
from ddcore.words import duration
from pages.parts.estimates import filled_in, measure
from pages.parts.words import plain

Settings = dict[str, Any]
_QUICK = 60.0  # seconds: a preset that takes no longer is called quick


def timed_settings(schema: Schema, distiller: str, preset: Settings, dataset: str, variant: str | None) -> Settings:
    """The run whose time a preset states: with the method's usual start and uniform batches."""
    return filled_in(schema, resolve({"dataset": dataset, "variant": variant, "distiller": distiller, **preset}))


def time_words(settings: Settings) -> str:
    """How long the run takes, as Markdown, if that has been measured; else that it has not, or why it cannot."""
    run = job_folder("estimate", settings)
    if not (run.path / "config.json").exists():
        return ":small[Time on this dataset: not measured]"
    state, status = run.state(), run.status()
    if state in states.LIVE:
        return ":small[Time on this dataset: being measured]"
    if state != "finished" or not status["result"]:
        return f":small[Time on this dataset: not known. {plain(status['error'] or 'Measuring was stopped.')}]"
    total = status["result"]["total"]
    quick = " :green-badge[quick]" if total <= _QUICK else ""
    return f"**≈ {duration(total)}** on this dataset{quick}"


def measure_times(schema: Schema, timed: list[Settings]) -> None:
    """Offer to measure what is not known yet; meanwhile say how far that is."""
    measure(
        schema, timed, key="time-presets", label="Measure how long these take here", what="presets",
        help="Times a few steps and epochs of each on this machine and extrapolates, with the method's usual start "
        "and uniform batches. Kept for this dataset.",
    )  # fmt: skip
