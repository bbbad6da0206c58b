"""The command line: one file per command group, imported only when a command needs it.

Results go to standard output, everything else to standard error. With `--json` the last line of standard output is one
JSON object. Exit status: 0 done, 1 a defect or a run that failed, 2 a user's mistake (one clear line), 130 interrupted.
"""

import argparse
import importlib
import json
import os
import sys
import tempfile
import traceback
from itertools import takewhile
from pathlib import Path
from typing import Any, NoReturn

from ddcore.errors import BadInput, full_gpu, printable
from ddcore.files import OUTSIDE, reason_of
from ddcore.places import typed_path
from ddcore.runs.allocator import keep_freed_memory

COMMANDS = {
    "datasets": (
        "ddcore.commands.datasets:datasets",
        "list datasets, whether they are on this computer, and how to get them",
    ),
    "importance": ("ddcore.commands.importance:importance", "score every training image and write the scores"),
    "certificate": (
        "ddcore.commands.certificate:certificate",
        "measure the cost error of coresets drawn by a score and uniformly",
    ),
    "distill": ("ddcore.commands.distill:distill", "distil a dataset in the foreground, into a run folder"),
    "study": (
        "ddcore.commands.study:study",
        "make a grid of runs in the foreground and compare them, paired by seed",
    ),
    "evaluate": ("ddcore.commands.evaluate:evaluate", "train students on a run or a file of synthetic images"),
    "runs": ("ddcore.commands.runs:runs", "list the runs"),
    "resume": ("ddcore.commands.runs:resume", "resume a stopped, failed or lost run in the foreground"),
    "stop": ("ddcore.commands.runs:stop", "stop a live run; it can be resumed"),
    "export": ("ddcore.commands.runs:export", "export a run as one zip"),
    "import": ("ddcore.commands.runs:import_", "import a run from such a zip"),
    "schema": ("ddcore.commands.schema:schema", "print every method's parameters as JSON"),
}


class Parser(argparse.ArgumentParser):
    """An argument parser whose complaint is one line."""

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As usual, but `--flag=--` is a flag without a value, of which argparse would make an empty list."""
        for text in takewhile(lambda text: text != "--", args or ()):
            flag, _, value = text.partition("=")
            if flag.startswith("-") and value == "--":
                self.error(f"{flag} needs a value")
        return super().parse_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        raise BadInput(f"{message}; see `{self.prog} --help`.")


def main(arguments: list[str] | None = None) -> int:
    """Run one command (default: that of the command line); returns the exit status."""
    try:
        return _dispatch(sys.argv[1:] if arguments is None else arguments)
    except BadInput as mistake:
        _complain(f"error: {mistake}")
        return 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:  # whoever read our output has gone, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as defect:
        outside = reason_of(defect) if isinstance(defect, OSError) and defect.errno in OUTSIDE else full_gpu(defect)
        if outside:
            _complain(f"error: {outside}")
            return 2
        _complain(f"failed: {type(defect).__name__}: {defect} ({_keep_traceback()})")
        return 1


def _complain(text: str) -> None:
    """Print one printable line to standard error: names of files and flags may hold anything."""
    print(printable(" ".join(text.split())), file=sys.stderr)


def _dispatch(arguments: list[str]) -> int:
    if not arguments or arguments[0] in ("-h", "--help"):
        print(_overview())
        return 0 if arguments else 2
    name, rest = arguments[0], arguments[1:]
    if name not in COMMANDS:
        raise BadInput(f"command {name!r} is unknown; choose one of {', '.join(COMMANDS)}.")
    target, about = COMMANDS[name]
    place, _, attribute = target.partition(":")
    module = importlib.import_module(place)
    parser = Parser(prog=f"python -m ddcore {name}", description=about[0].upper() + about[1:] + ".")
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line of standard output")
    parser.add_argument("--runs", metavar="DIR", help="the folder of run folders (overrides DDCORE_RUNS)")
    getattr(module, f"{attribute.rstrip('_')}_arguments")(parser)
    options = parser.parse_args(rest)
    if options.runs:
        root = typed_path(options.runs)
        if root.exists() and not root.is_dir():
            raise BadInput(f"--runs {options.runs} is a file; name a folder for run folders.")
        os.environ["DDCORE_RUNS"] = str(root)
    keep_freed_memory()
    return getattr(module, attribute)(options) or 0


def _overview() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {about}" for name, (_, about) in COMMANDS.items()]
    return "\n".join(
        ["usage: python -m ddcore <command> [options]", "", *lines, "", "<command> --help shows its options."]
    )


def typed_file(text: str, flag: str = "") -> Path:
    """The path of a file that a person typed; BadInput for a pipe or a device, which would keep a reader waiting."""
    place = typed_path(text)
    if place.exists() and not place.is_file() and not place.is_dir():
        raise BadInput(f"{flag}{text} is not a regular file.")
    return Path(text).expanduser()


def _keep_traceback() -> str:
    """Where the traceback is: a file that others cannot read, since the folder of temporary files is everybody's."""
    try:
        handle, path = tempfile.mkstemp(prefix="ddcore-failure-", suffix=".txt")
        with os.fdopen(handle, "w", errors="backslashreplace") as file:  # names of files may hold surrogates
            file.write(traceback.format_exc())
    except OSError as error:
        return f"its traceback could not be kept: {error.strerror}"
    return f"traceback in {path}"


def print_json(value: Any) -> None:
    print(json.dumps(value, allow_nan=False), flush=True)
