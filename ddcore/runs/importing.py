"""Importing as a job: the upload lies in the job's folder until its worker is done with it, and nowhere else."""

import secrets
import shutil
from contextlib import suppress
from pathlib import Path
from typing import IO

from ddcore.errors import BadInput, shown
from ddcore.runs import states
from ddcore.runs.archive import delete_run
from ddcore.runs.drafts import remove_drafts
from ddcore.runs.folder import RunFolder, create_job, job_folder, list_jobs
from ddcore.runs.launch import launch

KIND = "import"
_LONGEST_NAME = 100


def upload_path(job: RunFolder) -> Path:
    """Where the upload of an import lies while it is waited for."""
    return job.path / "upload.zip"


def begin_import(file: IO[bytes], name: str) -> RunFolder:
    """Start a worker that imports the zip `file`, which a person calls `name`; returns the job's folder.

    BadInput if the upload cannot be written or no worker started; nothing of it is kept then.
    """
    # Equal settings are one job, and the same zip uploaded twice is two.
    settings = {"name": shown(name, _LONGEST_NAME), "upload": secrets.token_hex(8)}
    job = job_folder(KIND, settings)
    try:
        create_job(KIND, settings)
        with upload_path(job).open("xb") as target:
            shutil.copyfileobj(file, target)
        launch(job)
    except OSError as error:
        shutil.rmtree(job.path, ignore_errors=True)
        raise BadInput(f"The import cannot begin in {job.path.parent}: {error.strerror or error}.") from error
    return job


def imports() -> list[RunFolder]:
    """Every import that is at work or has not been dismissed, the oldest first, whoever began it."""
    return list_jobs(KIND)[::-1]


def dismiss_import(job: RunFolder) -> None:
    """Forget an import that has ended, and remove all that a killed worker may have left; a live one stays."""
    if job.path.is_dir() and job.state() in states.ENDED:
        with suppress(BadInput):  # another tab was quicker
            delete_run(job)
        remove_drafts()
