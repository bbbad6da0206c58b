"""`study`: a grid of runs in this process, one after another, and what they say together."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ddcore.commands import print_json, typed_file
from ddcore.commands.bars import Bars
from ddcore.commands.distill import fields
from ddcore.commands.flags import add_fields
from ddcore.commands.study_grid import SEEDS, asked_grid, asked_values, study_file
from ddcore.commands.study_words import print_studies, study_json, study_lines
from ddcore.errors import BadInput
from ddcore.experiments.presets import presets
from ddcore.files import write_atomically
from ddcore.runs.worker import work
from ddcore.studies.comparing import MEASURES, USUAL, asked_about
from ddcore.studies.cost import Cost, known_cost
from ddcore.studies.found import usual_measure
from ddcore.studies.grid import Grid
from ddcore.studies.names import spelled
from ddcore.studies.running import delete, foreground_job, retry
from ddcore.studies.study import Study, create_study, extend, open_study, rename, study_of
from ddcore.studies.tables import csv_text, latex_text


def study_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "study", nargs="?", metavar="STUDY",
        help="the id of a study: it goes on, with more values if flags give them; or a file of one (study.json): the "
        "same study is made here. It comes before the flags. Without it, flags make a study",
    )  # fmt: skip
    parser.add_argument("--name", metavar="TEXT", help="what the study is called")
    parser.add_argument("--question", metavar="TEXT", default="", help="what a new study asks, in a sentence")
    names = sorted({name for group in presets().values() for name in group})
    parser.add_argument("--preset", help=f"a named group of settings, which flags override: {', '.join(names)}")
    parser.add_argument(
        "--seeds", type=int, metavar="R", help=f"seeds s, s+1, ..., R of them, s being --seed; default {SEEDS}"
    )
    parser.add_argument("--cost", action="store_true", help="print what is left to be made, and make nothing")
    parser.add_argument("--table", action="store_true", help="print what is there, and make nothing")
    parser.add_argument("--retry", action="store_true", help="try again what could not be run before")
    parser.add_argument("--list", action="store_true", help="list the studies")
    parser.add_argument("--delete", action="store_true", help="delete the study; its runs stay")
    parser.add_argument(
        "--axis",
        metavar="NAME",
        help="compare the values of this setting; default: of each in turn, but for datasets and sizes",
    )
    parser.add_argument(
        "--base",
        metavar="VALUE",
        help="with --axis, what its other values are compared with; a value that is not set is called default",
    )
    parser.add_argument(
        "--measure", choices=MEASURES, help="which accuracy; default: that of students, if there is one"
    )
    parser.add_argument("--csv", metavar="F.csv", help="write every run's numbers there")
    parser.add_argument(
        "--latex", metavar="F.tex", help="write the comparisons there, a table of LaTeX for each setting"
    )
    add_fields(parser, fields(), several=True)


def study(options: argparse.Namespace) -> int:
    if options.list:
        print_studies(options.json)
        return 0
    asked = asked_values(options)
    known = _known(options.study, asked)
    if options.delete:
        return _delete(known, options)
    grid = asked_grid(options.study, known, asked, options)
    there = known or study_of(grid)
    if options.retry:
        _retry(there)
    if options.table or (there is not None and there.recorded):
        if there is None:
            raise BadInput("There is no study of these settings yet, so there is no table; leave out --table.")
        return _show(there, options)
    _tell(known_cost(grid, there, grid.complete), options)
    if options.cost:
        return 0
    return _make(_written(known, grid, options), options)


def _known(text: str | None, asked: dict[str, list[Any]]) -> Study | None:
    """The study that is named by its id; None for a file and for flags alone."""
    if text is None and not asked:
        raise BadInput("Nothing to study: give the id of a study, its file, or settings such as --importance.")
    return None if text is None or text.endswith(".json") else open_study(text)


def _tell(cost: Cost, options: argparse.Namespace) -> None:
    """What it costs, first: to standard error, unless that is all that was asked for."""
    if options.cost and options.json:
        print_json(cost.to_json())
        return
    for sentence in cost.sentences():
        print(sentence, file=sys.stdout if options.cost else sys.stderr)
    if not options.cost and cost.cells == sum(cost.refused.values()):
        raise BadInput(f"None of the {cost.cells:,} runs of this study can be made: {next(iter(cost.refused))}")


def _written(known: Study | None, grid: Grid, options: argparse.Namespace) -> Study:
    """The study on disk, with this grid."""
    if known is None:
        told = study_file(options.study) if options.study else {}
        name = options.name or told.get("name") or _usual_name(grid)
        known = study_of(grid) or create_study(str(name), grid, options.question or str(told.get("question", "")))
        print(f"study {known.id} in {known.path}", file=sys.stderr)
    elif grid != known.grid:
        known = extend(known, grid)
    return rename(known, options.name) if options.name and options.name != known.name else known


def _usual_name(grid: Grid) -> str:
    """ "importance and init on digits": what is varied, and on what."""
    varied = " and ".join(grid.varied) or "seeds"
    return f"{varied} on {grid.fixed['dataset']}" if "dataset" in grid.fixed else varied


def _make(study: Study, options: argparse.Namespace) -> int:
    """Make what is missing, then show it; 1 if it was stopped."""
    if study.missing():
        bars, job = Bars(), foreground_job(study)
        try:
            result = work(job, _report(bars))
        finally:
            bars.close()
        if result is None:
            print(f"stopped; `python -m ddcore study {study.id}` goes on", file=sys.stderr)
            return 1
    return _show(study, options)


def _report(bars: Bars) -> Callable[[dict[str, Any]], None]:
    def report(event: dict[str, Any]) -> None:
        if event["event"] == "cell" and not sys.stderr.isatty():
            bars.write(f"{event['note']}: run {event['run']}")
        elif event["event"] != "step":
            bars.report(event, 0)

    return report


def _show(study: Study, options: argparse.Namespace) -> int:
    for trouble in study.troubles():
        print(trouble, file=sys.stderr)
    grid, found = study.grid, study.found()
    measure = options.measure or usual_measure(found.values())
    base = _value(grid, options)
    if options.csv:
        _save(options.csv, csv_text(grid, found))
    axes = [options.axis] if options.axis else asked_about(grid)
    if options.latex:
        if not axes:
            raise BadInput("Nothing but seeds varies in this study, so there is no table of comparisons.")
        _save(options.latex, latex_text(grid, found, axes, base, measure, study.name))
    if options.json:
        print_json(study_json(study, axes, base, measure))
    else:
        print(*study_lines(study, axes, base, measure), sep="\n")
    return 0


def _value(grid: Grid, options: argparse.Namespace) -> Any:
    """The value of --axis that --base names."""
    if options.base is None:
        return USUAL
    if options.axis is None:
        raise BadInput(f"--base {options.base} has no effect without --axis.")
    values = {spelled(options.axis, value): value for value in grid.varied.get(options.axis, ())}
    return values.get(options.base, options.base)


def _save(text: str, content: str) -> None:
    path = typed_file(text)
    if path.is_dir():
        raise BadInput(f"{text!r} is a folder; name the file to write.")
    write_atomically(Path(path), lambda file: file.write(content.encode()))
    print(f"-> {path}", file=sys.stderr)


def _retry(there: Study | None) -> None:
    if there is None:
        raise BadInput("There is no study of these settings yet, so there is nothing to try again; leave out --retry.")
    print(f"runs that could not be made and are tried again: {retry(there):,}", file=sys.stderr)


def _delete(known: Study | None, options: argparse.Namespace) -> int:
    if known is None:
        raise BadInput("--delete needs the id of a study.")
    delete(known)
    if options.json:
        print_json({"study": known.id, "deleted": True})
    else:
        print(f"study {known.id} is deleted; its runs stay")
    return 0
