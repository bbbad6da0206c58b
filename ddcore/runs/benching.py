"""The "bench" job."""

from typing import Any

from ddcore.bench.results import result_path, write_result
from ddcore.bench.settings import BenchSettings
from ddcore.bench.study import study
from ddcore.compute import resolve_device
from ddcore.data.dataset import open_dataset
from ddcore.runs.job import Job


def bench(job: Job) -> dict[str, Any]:
    """Settings: dataset (a content hash) and fields of BenchSettings. Fills the bench cache."""
    given = dict(job.config["settings"])
    dataset = open_dataset(given.pop("dataset"))
    settings = BenchSettings(**given)
    job.phase("measuring")
    path = result_path(dataset.hash, settings)
    if not path.exists():
        write_result(path, study(dataset, settings, job.progress, resolve_device("auto")))
    return {"hash": dataset.hash, "result": path.name}
