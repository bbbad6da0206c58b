"""A run from an uploaded zip, checked and added in a process of its own."""

from typing import Any

from ddcore.runs.archive import import_run
from ddcore.runs.handle import Job
from ddcore.runs.importing import upload_path


def import_upload(job: Job) -> dict[str, Any]:
    """Settings: name (what a person calls the zip), upload. The result names the run, and whether it was known."""
    upload = upload_path(job.run)
    try:
        job.phase("importing")
        run, known = import_run(upload, job.progress)
    finally:
        upload.unlink(missing_ok=True)
    return {"run": run.id, "known": known}
