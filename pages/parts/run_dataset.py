"""The real images behind a run, where this machine has them prepared."""

from ddcore.data.dataset import Dataset, is_prepared
from ddcore.errors import BadInput
from pages.parts.dataset_choice import opened
from pages.parts.run_history import RunHistory


def dataset_of(history: RunHistory) -> Dataset | None:
    """The run's dataset; None if it is not known yet, or not prepared on this machine (see `why_no_dataset`)."""
    known = history.run.config()["dataset"]
    if known is None or not is_prepared(known["hash"]):
        return None
    try:
        return opened(known["hash"])
    except BadInput:  # damaged: the page of the data says so
        return None


def why_no_dataset(history: RunHistory) -> str:
    """The sentence in place of what needs the real images."""
    known = history.run.config()["dataset"]
    if known is None:
        return "The data of this run are not ready yet."
    return f"This needs the real images of {known['name']}, which are not prepared on this machine: open it in Explore."
