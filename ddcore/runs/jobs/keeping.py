"""Jobs whose result is what they leave on a shelf (`ddcore.kept`)."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from ddcore.errors import BadInput
from ddcore.runs.handle import Job

Result = Callable[[Job], dict[str, Any]]


def must_keep(function: Result) -> Result:
    """`function`, as a job that fails if its result could not be kept: pages read what is kept, and nothing else."""

    @wraps(function)
    def keeping(job: Job) -> dict[str, Any]:
        reasons: list[str] = []
        handler = logging.Handler(logging.WARNING)
        handler.emit = lambda record: reasons.append(record.getMessage())  # type: ignore[method-assign]
        log = logging.getLogger("ddcore.kept")  # there `Shelf.write` says what it could not keep
        log.addHandler(handler)
        try:
            result = function(job)
        finally:
            log.removeHandler(handler)
        if reasons:
            raise BadInput(f"The result was {reasons[0]}")
        return result

    return keeping
