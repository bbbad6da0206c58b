"""`runs`, `resume`, `stop`, `export`, `import`: commands on existing runs."""

import argparse
import errno
import os
import shutil
import sys
import time
from pathlib import Path

from ddcore.commands import print_json, typed_file
from ddcore.commands.bars import Bars
from ddcore.errors import BadInput
from ddcore.leftovers import sweep_files
from ddcore.places import runs_root
from ddcore.runs.archive import export_run, import_run, refusal_of
from ddcore.runs.folder import RunFolder, list_runs, open_run, send, unreadable_runs
from ddcore.runs.launch import enforce_stop
from ddcore.runs.launch import stop as ask_to_stop
from ddcore.runs.states import LIVE

PATIENCE = 180.0  # seconds `stop` waits; by then enforce_stop has killed the worker


def _run_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", help="id, beginning of an id, or folder of a run")


def runs_arguments(parser: argparse.ArgumentParser) -> None:
    pass


def runs(options: argparse.Namespace) -> None:
    found = [_summary_of_any(run) for run in [*list_runs(), *unreadable_runs()]]
    if options.json:
        print_json({"runs": found})
        return
    for row in found:
        accuracy = "" if row["accuracy"] is None else f"students {100 * row['accuracy']['mean']:.1f} %"
        kernel = "" if row["kernel_accuracy"] is None else f"  own predictor {100 * row['kernel_accuracy']:.1f} %"
        reason = f"  {row['error']}" if row["error"] else ""
        line = f"{row['run']:<48} {row['state']:<9} {row['step']:>6}/{row['total']:<6} {accuracy}{kernel}{reason}"
        print(" ".join(line.splitlines()).rstrip())
    if not found:
        print(f"no runs in {runs_root()}")


def _summary_of_any(run: RunFolder) -> dict:
    """One run that cannot be read does not hide the others."""
    try:
        return _summary(run)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        told = {"run": run.id, "state": "unreadable", "step": 0, "total": 0, "error": str(error)}
        empty = ("dataset", "distiller", "ipc", "seed", "accuracy", "kernel_accuracy")
        return told | dict.fromkeys(empty) | {"bytes": run.size_bytes()}


def _summary(run: RunFolder) -> dict:
    status, settings = run.status(), run.config()["settings"]
    keys = ("dataset", "distiller", "ipc", "seed")
    total = status["total"] or settings.get("steps", 0)
    result, state = status["result"] or {}, run.state()
    return {
        "run": run.id, "state": state, "step": status["step"], "total": total, "error": _reason(run, status, state),
        **{key: settings.get(key) for key in keys}, "accuracy": result.get("accuracy"),
        "kernel_accuracy": result.get("kernel_accuracy"), "bytes": run.size_bytes(),
    }  # fmt: skip


def _reason(run: RunFolder, status: dict, state: str) -> str | None:
    """What the status says; of a lost run on a full disk, where a worker could not write it, that the disk is full."""
    if status["error"] is None and state == "lost" and shutil.disk_usage(run.path).free == 0:
        return f"{run.path}: {os.strerror(errno.ENOSPC)}."
    return status["error"]


def resume_arguments(parser: argparse.ArgumentParser) -> None:
    _run_argument(parser)


def resume(options: argparse.Namespace) -> int:
    run = open_run(options.run)
    if run.state() == "paused":
        send(run, "resume")
        if options.json:
            print_json({"run": run.id, "state": "running"})
        else:
            print(f"{run.id} resumes in its own process")
        return 0
    from ddcore.commands.distill import work_in_foreground  # torch: not for the commands above

    return work_in_foreground(run, options.json)


def stop_arguments(parser: argparse.ArgumentParser) -> None:
    _run_argument(parser)


def stop(options: argparse.Namespace) -> int:
    run = open_run(options.run)
    ask_to_stop(run)
    end = time.monotonic() + PATIENCE
    while (state := enforce_stop(run)) in LIVE and time.monotonic() < end:
        time.sleep(0.1)
    if options.json:
        print_json({"run": run.id, "state": state})
    else:
        print(f"{run.id} is {state}")
    return 1 if state in LIVE else 0


def export_arguments(parser: argparse.ArgumentParser) -> None:
    _run_argument(parser)
    parser.add_argument("--out", required=True, metavar="F", help="F.zip: the whole run; F.npz: its synthetic images")
    parser.add_argument("--stored", action="store_true", help="F.npz: images of tiles as they are stored, not decoded")


def export(options: argparse.Namespace) -> None:
    out = typed_file(options.out, "--out ")
    if out.suffix not in (".zip", ".npz"):
        raise BadInput(f"--out {options.out} ends neither in .zip, for the run, nor in .npz, for its synthetic images.")
    if options.stored and out.suffix != ".npz":
        raise BadInput(f"--stored has no effect with --out {options.out}: a zip holds the run as it is.")
    run = open_run(options.run)
    if out.suffix == ".npz":
        _export_images(run, out, options)
        return
    for name in ("status.json", "events.jsonl", "log.txt"):
        path = run.path / name
        if os.path.lexists(path) and not path.is_file():
            print(f"{name} is left out: it is not a regular file", file=sys.stderr)
    sweep_files(out.parent, f".{out.name}-")
    export_run(run, out)
    if refusal := refusal_of(run):
        print(f"this zip cannot be imported again: {refusal}", file=sys.stderr)
    if options.json:
        print_json({"run": run.id, "out": str(out)})
    else:
        print(f"{run.id} -> {out}")


def _export_images(run: RunFolder, out: Path, options: argparse.Namespace) -> None:
    from ddcore.commands.set_file import export_set  # torch is slow to import, and nothing else here needs it

    sweep_files(out.parent, f".{out.name}-")
    step, count = export_set(run, out, options.stored)
    if options.json:
        print_json({"run": run.id, "out": str(out), "step": step, "images": count})
    else:
        print(f"{count:,} images of step {step:,} of {run.id} -> {out}")


def import_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="F.zip")


def import_(options: argparse.Namespace) -> None:
    bars = Bars()
    try:
        run, known = import_run(typed_file(options.file), bars)
    finally:
        bars.close()
    if options.json:
        print_json({"run": run.id, "known": known})
    elif known:
        print(f"this run is already here as {run.id} in {run.path}; nothing was added")
    else:
        print(f"{run.id} in {run.path}")
