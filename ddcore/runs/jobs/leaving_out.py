"""The job that trains with and without some images. What it has finished stays: it goes on from there."""

from typing import Any

from ddcore.data.dataset import open_dataset
from ddcore.networks.compute import resolve_device
from ddcore.runs.handle import Job
from ddcore.runs.jobs.keeping import must_keep
from ddcore.studies.leaving_out import LeavingOut
from ddcore.studies.trained_arms import train_arms


@must_keep
def leave_out(job: Job) -> dict[str, Any]:
    """Settings: dataset (a content hash), ids, and the fields of LeavingOutSettings. Fills the shelf of what learnt
    with and without these images."""
    settings = dict(job.config["settings"])
    study = LeavingOut.of(open_dataset(settings.pop("dataset")), settings.pop("ids"), **settings)
    job.phase("training")
    train_arms(study, job.progress, resolve_device("auto"))
    return {"hash": study.dataset.hash, "images": len(study.ids), "by": study.settings.by, "seeds": len(study.seeds)}
