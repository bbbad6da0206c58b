"""What the worker does for each kind of job.

Results are cached under a hash of what determined them, or are the run folder itself.
"""

from typing import Any

from ddcore.bench.results import kept_result, result_path, write_result
from ddcore.bench.settings import BenchSettings
from ddcore.bench.study import study
from ddcore.data.dataset import open_dataset
from ddcore.data.loading import load_dataset
from ddcore.data.reading import options_in
from ddcore.importance.scoring import importance_of
from ddcore.importance.stability import scores_of_seeds
from ddcore.networks.compute import resolve_device
from ddcore.runs.handle import Job
from ddcore.runs.jobs.keeping import must_keep


def prepare(job: Job) -> dict[str, Any]:
    """Settings: dataset, variant, and options of reading.

    Downloads it if need be and materialises it; the result names its hash.
    """
    job.phase("preparing")
    settings = job.config["settings"]
    dataset = load_dataset(
        settings["dataset"], progress=job.progress, variant=settings.get("variant"), **options_in(settings)
    )
    return {"hash": dataset.hash, "name": dataset.name}


@must_keep
def importance(job: Job) -> dict[str, Any]:
    """Settings: dataset (a content hash), score, seed, and the score's own parameters. Fills the score cache, with all
    that pages colour a map by."""
    settings = dict(job.config["settings"])
    dataset = open_dataset(settings.pop("dataset"))
    job.phase("scoring")
    name, seed = settings.pop("score"), settings.pop("seed", 0)
    device = resolve_device(settings.pop("device", "auto"))
    found = importance_of(dataset, name, seed, job.progress, device=device, with_right=True, **settings)
    return {"hash": dataset.hash, "score": name, "n": len(found.scores)}


@must_keep
def stability(job: Job) -> dict[str, Any]:
    """Settings: dataset (a content hash), score, seeds (their number R), seed (the first), the score's parameters.

    Fills the score cache for the R seeds from `seed` on: `rank_interval` of them tells how stable a rank is.
    """
    settings = dict(job.config["settings"])
    dataset = open_dataset(settings.pop("dataset"))
    job.phase("scoring")
    name, seeds, first = settings.pop("score"), settings.pop("seeds"), settings.pop("seed", 0)
    device = resolve_device(settings.pop("device", "auto"))
    found = scores_of_seeds(dataset, name, seeds, first, job.progress, device=device, **settings)
    return {"hash": dataset.hash, "score": name, "seeds": seeds, "n": found.shape[1]}


@must_keep
def bench(job: Job) -> dict[str, Any]:
    """Settings: dataset (a content hash) and fields of BenchSettings. Fills the bench cache."""
    given = dict(job.config["settings"])
    dataset = open_dataset(given.pop("dataset"))
    settings = BenchSettings.of(given)
    job.phase("measuring")
    path = result_path(dataset.hash, settings)
    if kept_result(path) is None:
        write_result(path, study(dataset, settings, job.progress, resolve_device("auto")))
    return {"hash": dataset.hash, "result": path.name}
