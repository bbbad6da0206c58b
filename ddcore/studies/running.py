"""The job that makes the runs of a study: a study has one, so that no two workers make the same cell."""

from contextlib import suppress

from ddcore.errors import BadInput
from ddcore.runs import states
from ddcore.runs.archive import delete_run
from ddcore.runs.folder import RunFolder, create_job, job_folder
from ddcore.runs.launch import ensure_job
from ddcore.studies.study import Study, remove_study

KIND = "study"


def job_of(study: Study) -> RunFolder:
    """Where its job lives, whether or not it exists."""
    return job_folder(KIND, _params(study))


def is_at_work(study: Study) -> bool:
    return job_of(study).state() in states.LIVE


def begin(study: Study) -> RunFolder:
    """Make the missing runs in a process of their own, or go on with that; one that is at work is left alone."""
    _clear(study)
    return ensure_job(KIND, _params(study), restart=True)


def foreground_job(study: Study) -> RunFolder:
    """The job for this process to work on; BadInput if another one does."""
    job = _clear(study)
    if is_at_work(study):
        raise BadInput(f"Study {study.id!r} is at work already (process {job.status()['pid']}); stop {job.id} first.")
    return create_job(KIND, _params(study))[0]


def retry(study: Study) -> int:
    """Make the cells that could not be run missing ones again, which `begin` tries; returns their number. BadInput if
    the study is at work, came with the project or is another user's."""
    study.refuse_change()
    if is_at_work(study):
        raise BadInput(f"Study {study.id!r} is at work; stop it before trying again what could not be run.")
    return study.forget_refused()


def delete(study: Study) -> None:
    """Remove a study; its runs stay. BadInput if it is at work, came with the project or is another user's."""
    study.refuse_change()
    if is_at_work(study):
        raise BadInput(f"Study {study.id!r} is at work; stop it before deleting it.")
    if job_of(study).path.is_dir():
        delete_run(job_of(study))
    remove_study(study)


def _clear(study: Study) -> RunFolder:
    """Its job, gone if it was finished: the study may have grown since."""
    study.refuse_change()
    job = job_of(study)
    if job.state() == "finished":
        with suppress(BadInput):  # another tab was quicker
            delete_run(job)
    return job


def _params(study: Study) -> dict[str, str]:
    return {"study": study.id}
