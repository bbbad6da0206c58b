"""Taking own data away again: the uploaded file, the prepared copy, and the jobs that made it. NumPy only.

Adding is `ddcore.data.catalogue.add_upload`.
"""

from contextlib import suppress
from pathlib import Path

from ddcore.data.catalogue import forget
from ddcore.data.specs import entry_path, own_entries, suffix_of
from ddcore.errors import BadInput
from ddcore.places import uploads_root
from ddcore.runs.archive import delete_run
from ddcore.runs.folder import list_jobs


def forget_prepared(hash: str) -> None:
    """Remove the prepared copy of own data or a variant and the jobs that made it; its source stays.

    `BadInput` if it is unknown or built-in.
    """
    forget(hash)
    for job in list_jobs("prepare"):
        with suppress(BadInput):  # at work anew already, or another user's
            if (job.status()["result"] or {}).get("hash") == hash:
                delete_run(job)


def removable_source(spec: str) -> Path | None:
    """The file of own data that was uploaded; None for all that a person keeps in a folder of their own."""
    if spec not in own_entries():
        return None
    path = entry_path(spec)
    is_file = path.parent == uploads_root() and path.is_file() and not path.is_symlink()
    return path if is_file and suffix_of(path.name) else None


def remove_source(spec: str) -> None:
    """Delete that file, and jobs that have failed on it. `BadInput` if there is no such file."""
    path = removable_source(spec)
    if path is None:
        raise BadInput(f"There is no uploaded file {spec!r} in {uploads_root()}.")
    path.unlink()
    for job in list_jobs("prepare"):
        with suppress(BadInput):  # at work: it will say itself that the file is gone; or another user's
            if job.config()["settings"].get("dataset") == spec:
                delete_run(job)
