"""The process behind a run: `python -m ddcore.runs.worker FOLDER`; `work` is the same in the foreground."""

import importlib
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ddcore.errors import BadInput, full_gpu, printable
from ddcore.files import OUTSIDE, append, reason_of
from ddcore.progress import Stopped
from ddcore.runs.allocator import keep_freed_memory
from ddcore.runs.folder import RunFolder
from ddcore.runs.handle import Job, Report, claim
from ddcore.runs.queue import jobs, place_in_line

KINDS: dict[str, str] = {
    "distill": "ddcore.runs.jobs.distilling:distill",
    "prepare": "ddcore.runs.jobs.kept_results:prepare",
    "importance": "ddcore.runs.jobs.kept_results:importance",
    "stability": "ddcore.runs.jobs.kept_results:stability",
    "embedding": "ddcore.runs.jobs.mapping:embedding",
    "placing": "ddcore.runs.jobs.placing:placing",
    "bench": "ddcore.runs.jobs.kept_results:bench",
    "leave-out": "ddcore.runs.jobs.leaving_out:leave_out",
    "estimate": "ddcore.runs.jobs.estimating:estimate",
    "import": "ddcore.runs.jobs.importing:import_upload",
    "study": "ddcore.runs.jobs.studying:study",
}
"""Kind of job -> `module:function` with the signature `function(job: Job) -> dict | None` (the result)."""

ERROR_LENGTH = 500  # characters of an exception's message kept in the status; the log has all of it


def job_function(kind: Any) -> Callable[[Job], dict[str, Any] | None]:
    """The function of a kind, imported now: this is where torch comes in."""
    if not isinstance(kind, str) or kind not in KINDS:
        raise BadInput(f"{kind!r} is not a kind of job; the kinds are {', '.join(KINDS)}.")
    module, _, name = KINDS[kind].partition(":")
    return getattr(importlib.import_module(module), name)


def work(run: RunFolder, report: Report | None = None, within: Job | None = None) -> dict[str, Any] | None:
    """Work on `run` in this process until it ends, and return its result (None if it was stopped).

    `report(event)` sees every event as it is written. A stop of the job `within` which this is done stops `run` too.
    Waits in the line of `config["queue"]` first. A failure is recorded (one line in the status, traceback in the log
    unless it is a user's mistake) and raised again.
    """
    with claim(run) as status:
        job = Job(run, status, report, within)
        with _stop_signals(job):
            return _attempt(job)


def _attempt(job: Job) -> dict[str, Any] | None:
    try:
        with place_in_line(job.config.get("queue"), _tell_waiting(job), job.check_stop):
            job.status.write(state="running", note="")
            job.check()
            result = job_function(job.config.get("kind"))(job)
        _end(job, "finished", result=result)
        return result
    except (Stopped, KeyboardInterrupt):
        _stopped(job)
        return None
    except BaseException as error:
        _record_failure(job, error)
        raise


def _stopped(job: Job) -> None:
    try:
        _end(job, "stopped")
    except OSError as error:
        _record_failure(job, error)
        raise


def _record_failure(job: Job, error: BaseException) -> None:
    """Say why in log, events and status, as far as they can still be written: the disk may be full."""
    text = one_line(error)
    with suppress(OSError):
        append(job.run.path / "log.txt", f"{text}\n" if is_outside(error) else traceback.format_exc())
    with suppress(OSError):
        job.event("failed", error=text)
    job.status.write_failure(text)


def _tell_waiting(job: Job) -> Callable[[int], None]:
    def tell(ahead: int) -> None:
        note = f"waiting for {job.config['queue']}: {jobs(ahead)} ahead"
        job.status.write(state="queued", note=note)
        job.event("queued", ahead=ahead, note=note)

    return tell


def _end(job: Job, state: str, **fields: Any) -> None:
    """The event goes first: who sees the final state may stop reading."""
    job.event(state)
    job.status.write(state=state, note="", **fields)


def is_outside(error: BaseException) -> bool:
    """Whether only the user can mend it: a mistake, a full disk or GPU, a place that may not be written."""
    if isinstance(error, OSError):
        return error.errno in OUTSIDE
    return isinstance(error, BadInput) or full_gpu(error) is not None


def one_line(error: BaseException) -> str:
    """Type and message on one printable line; for what only the user can mend, its sentence alone."""
    message = full_gpu(error) or (reason_of(error) if isinstance(error, OSError) and is_outside(error) else str(error))
    message = printable(" ".join(message.split()))
    text = message if is_outside(error) else f"{type(error).__name__}: {message}".removesuffix(": ")
    return text if len(text) <= ERROR_LENGTH else text[:ERROR_LENGTH] + " ..."


@contextmanager
def _stop_signals(job: Job) -> Iterator[None]:
    """SIGTERM, and the first Ctrl-C, ask to stop at the next check; a second Ctrl-C interrupts at once."""

    def ask(number: int, _frame: object) -> None:
        job.ask_to_stop()
        if number == signal.SIGINT:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    before = {number: signal.signal(number, ask) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def main(arguments: list[str]) -> int:
    """Work on the run folder named by the only argument. 1 says that something went wrong; the folder says what."""
    keep_freed_memory()
    (path,) = arguments
    run = RunFolder(Path(path))
    try:
        work(run)
    except Exception as error:
        if is_outside(error):  # what the status may lack, because it could not be written or the run is another's
            print(one_line(error), file=sys.stderr)
        elif run.status()["state"] != "failed":
            raise
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
