"""Zips that would hurt, and some that only look so: a run that is let in opens everywhere, any other leaves nothing."""

import io
import json
import struct
import zipfile
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from made_zips import (
    CONFIG,
    DATASET,
    FIELDS,
    SETTINGS,
    SNAPSHOT,
    archive,
    arrays,
    config,
    dataset,
    events,
    import_bytes,
    member,
    npz,
    raw,
    result,
    settings,
    snapshot,
    status,
    step,
)  # fmt: skip

from ddcore.distillers import DISTILLERS
from ddcore.errors import BadInput
from ddcore.methods import Curve
from ddcore.places import runs_root
from ddcore.runs import fields, foreign, snapshots, strict_json, unpacking
from ddcore.runs.folder import list_runs, run_by_id
from pages.parts.library.run_table import row_of
from pages.parts.routes import contact_sheet
from pages.parts.run_history import RunHistory
from pages.parts.sound_runs import trouble
from pages.parts.tracks import track
from pages.parts.watch.label_shots import label_shots

RUN = member("r/config.json", CONFIG.encode())
BOMB = json.dumps(step()).encode() + b"\n"


def run_and(*parts):
    return archive([("r/config.json", CONFIG), *parts])


def written(text):
    """A config whose text is that of a sound one but for one value, which JSON alone can write."""
    return archive([("r/config.json", CONFIG[:-1] + f', "hardware": {{"x": {text}}}}}')])


def lines_of(count):
    return events(*[step(step=number % 100) for number in range(count)])


def lying(says, instead):
    content = npz(**arrays())
    assert says in content
    return snapshot(content.replace(says, instead))


def nested(levels):
    return "[" * levels + "1" + "]" * levels


ZIPS = {  # name -> builder, and a word of why it is refused ("": it is let in)
    "an empty file": (lambda: io.BytesIO(b""), "not a zip"),
    "an empty zip": (lambda: raw(), "holds one folder"),
    "no run": (lambda: archive([("readme.txt", "x")]), "config.json"),
    "leads out": (lambda: archive([("../config.json", CONFIG)]), "not a run id"),
    "leads out inside": (lambda: run_and(("r/../../evil", "x")), "does not belong"),
    "absolute": (lambda: archive([("/etc/passwd", "x")]), "config.json"),
    "two runs": (lambda: archive([("a/config.json", CONFIG), ("b/config.json", CONFIG)]), "one folder"),
    "odd name": (lambda: archive([("R R/config.json", CONFIG)]), "not a run id"),
    "hidden name": (lambda: archive([(".jobs/config.json", CONFIG)]), "not a run id"),
    "name of 121 letters": (lambda: archive([(f"{'r' * 121}/config.json", CONFIG)]), "not a run id"),
    "name of 120 letters": (lambda: archive([(f"{'r' * 120}/config.json", CONFIG)]), ""),
    "checkpoint": (lambda: run_and(("r/checkpoint", "x")), "does not belong"),
    "other file": (lambda: run_and(("r/run.py", "x")), "does not belong"),
    "file in another case": (lambda: run_and(("r/STATUS.json", "{}")), "does not belong"),
    "other digits": (lambda: run_and(("r/snapshots/step_٠٠٠٠١٠.npz", "x")), "does not belong"),
    "its own folders": (lambda: archive([("r/", ""), ("r/snapshots/", ""), ("r/config.json", CONFIG)]), ""),
    "another folder": (lambda: run_and(("r/evil/", "")), "does not belong"),
    "a folder that leads out": (lambda: run_and(("r/../../evil/", "")), "does not belong"),
    "a name twice": (lambda: raw(RUN, RUN), "twice"),
    "a name cut by a zero": (lambda: raw(RUN, member(b"r/log.txt\0.exe", b"x")), "does not belong"),
    "a name that is no UTF-8": (lambda: raw(RUN, member(b"r/\xff\xfe.npz", b"x", flags=0x800)), "damaged"),
    "a name in an old code page": (lambda: raw(RUN, member(b"r/\x82\x83.txt", b"x")), "does not belong"),
    "a name with escapes": (lambda: raw(RUN, member(b"r/\x1b[31mlog.txt", b"x")), "does not belong"),
    "a link": (lambda: raw(RUN, member("r/log.txt", b"/etc/passwd", mode=0o120777)), "link"),
    "encrypted": (lambda: raw(RUN, member("r/log.txt", b"x" * 20, flags=1)), "encrypted"),
    "bzip2": (lambda: archive([("r/config.json", CONFIG)], zipfile.ZIP_BZIP2), "compressed by"),
    "lzma": (lambda: archive([("r/config.json", CONFIG)], zipfile.ZIP_LZMA), "compressed by"),
    "a method that nobody knows": (lambda: raw(RUN, member("r/log.txt", b"x", method=77)), "compressed by"),
    "says less than it holds": (lambda: raw(RUN, member("r/log.txt", b"x" * 99, method=8, size=9)), "damaged"),
    "says more than it holds": (lambda: raw(RUN, member("r/log.txt", b"x", method=8, size=9999)), "damaged"),
    "says more than the zip": (lambda: raw(RUN, member("r/log.txt", b"x", size=9999, packed=9999)), "damaged"),
    "says it is huge": (lambda: raw(RUN, member("r/log.txt", b"x", size=2**31)), "too large"),
    "overlapping members": (lambda: raw(RUN, member("r/log.txt", CONFIG.encode(), offset=0)), "shares bytes"),
    "other bytes than listed": (lambda: raw(RUN | {"offset": 7}), "damaged"),
    "cut off": (lambda: cut(config(), 30), "damaged"),
    "a comment": (lambda: raw(RUN, comment=b"x" * 60_000), ""),
    "says it lists more": (lambda: raw(RUN, count=9999), ""),
    "a list of a million bytes": (
        lambda: raw(RUN, *[member(f"r/{number}{'x' * 200}") for number in range(5000)]), "list of contents",
    ),
    "thousands of snapshots": (
        lambda: raw(RUN, *[member(f"r/snapshots/step_{number:06d}.npz") for number in range(2100)]), "at most",
    ),
    "a zip in a zip": (lambda: snapshot(archive([(SNAPSHOT, b"x")]).getvalue()), "snapshot"),
    # config.json
    "config is a list": (lambda: archive([("r/config.json", "[]")]), "not a JSON object"),
    "config is a number": (lambda: archive([("r/config.json", "1")]), "not a JSON object"),
    "config is empty": (lambda: archive([("r/config.json", "")]), "JSON"),
    "config is deep": (lambda: archive([("r/config.json", nested(90_000))]), "levels"),
    "config is no text": (lambda: archive([("r/config.json", b"\xff\xfe")]), "JSON"),
    "config is UTF-16": (lambda: archive([("r/config.json", CONFIG.encode("utf-16"))]), "JSON"),
    "config is huge": (lambda: archive([("r/config.json", " " * 2_000_000)]), "too large"),
    "a value deep in it": (lambda: written(nested(900)), "levels"),
    "a value of a few levels": (lambda: written(nested(9)), ""),
    "NaN": (lambda: written("NaN"), "NaN"),
    "infinity": (lambda: written("-Infinity"), "Infinity"),
    "infinity in digits": (lambda: written("1e999"), "too large a number"),
    "5,000 digits": (lambda: written("9" * 5000), "too large a number"),
    "400 digits": (lambda: written("9" * 400), "too large a number"),
    "a number no browser has": (lambda: written(str(2**53 + 1)), "too large a number"),
    "an escape in a text": (lambda: written('"\\u001b[2J"'), ""),
    "an escape in a name": (lambda: written('{"\\u001b[2J": 1}'), ""),
    "half a character": (lambda: written('"\\ud800"'), ""),
    "text that runs backwards": (lambda: written('"\\u202egnp.exe"'), ""),
    "a link in a path": (lambda: dataset(name="/data/set[1](2)"), ""),
    "a link in an error": (lambda: status(state="failed", error="TypeError: handlers[0](x)"), ""),
    "other kind": (lambda: config(kind="prepare"), "kind="),
    "no settings": (lambda: config(settings={}), "settings="),
    "settings out of bounds": (lambda: settings(ipc=-1), "ipc=-1"),
    "settings of another type": (lambda: settings(distiller=["dm"]), "settings="),
    "a variant of another type": (lambda: settings(variant={"kind": 1}), "settings="),
    "a parameter that is a list": (lambda: settings(batch_real=[1] * 1000), "settings="),
    "a thousand parameters": (lambda: settings(**{f"p{number}": 1 for number in range(1000)}), "settings="),
    "a parameter of another version": (lambda: settings(rather_new=1.5), ""),
    "no date": (lambda: config(created=None), "created="),
    "the first date": (lambda: config(created="0001-01-01T00:00:00+14:00"), "created="),
    "the last date": (lambda: config(created="9999-12-31T23:59:59-14:00"), "created="),
    "a date without a zone": (lambda: config(created="2026-11-22T22:00:00"), ""),
    "a line for no device": (lambda: config(queue={"cpu": 1}), "queue="),
    "no version of events": (lambda: config(events="new"), "events="),
    "odd dataset": (lambda: config(dataset={"name": 3}), "dataset="),
    "a name of many lines": (lambda: dataset(name="a\n\n# b"), "dataset="),
    "a name of a megabyte": (lambda: dataset(name="a" * 100_000), "dataset="),
    "no classes": (lambda: dataset(classes=[]), "dataset="),
    "too many classes": (lambda: dataset(classes=["a"] * 3000), "dataset="),
    "a class that is a number": (lambda: dataset(classes=["a", 1]), "dataset="),
    "a shape of truth": (lambda: dataset(shape=[True, 8, 8]), "dataset="),
    "no pixels": (lambda: dataset(shape=[1, 0, 8]), "dataset="),
    "images larger than ours": (lambda: dataset(shape=[3, 100_000, 100_000]), "dataset="),
    "more pixels than a picture has": (
        lambda: config(settings=SETTINGS | {"ipc": 9999}, dataset=DATASET | {"shape": [3, 256, 256]}), "at most",
    ),
    "a network nobody knows": (lambda: config(network={"name": "evil"}), "network="),
    "a network of lists": (lambda: config(network={"name": "convnet", "width": [1]}), "network="),
    "odd protocol": (lambda: config(protocol={"name": "quick"}), "protocol="),
    "a device of lines": (lambda: config(device="cpu\n\n![x]"), "device="),
    # status.json
    "odd result": (lambda: status(result={"accuracy": "x"}), "result="),
    "odd status": (lambda: status(step="many"), "step="),
    "odd state": (lambda: status(state="won"), "state="),
    "more steps than its total": (lambda: status(step=9, total=3), "step 9"),
    "more steps than its settings": (lambda: status(step=1, total=10**9), "of 1,000,000,000"),
    "fewer steps than none": (lambda: status(step=-1), "step="),
    "an accuracy above 1": (lambda: result(accuracy={"mean": 1e300, "std": 0, "repeats": 3}), "result="),
    "an accuracy of no student": (lambda: result(accuracy={"mean": 0.5, "std": 0, "repeats": 0}), "result="),
    "a sound result": (lambda: result(accuracy={"mean": 0.5, "std": 0.1, "repeats": 3}), ""),
    "an error of a megabyte": (lambda: status(state="failed", error="x" * 100_000), "error="),
    # events.jsonl
    "odd events": (lambda: events(step(step="many")), "line 1"),
    "no events": (lambda: events(b"[]", b"{}"), "line 1"),
    "an empty line": (lambda: events(step(), b"", step()), "line 2"),
    "deep events": (lambda: events(b'{"x": ' + nested(9000).encode() + b"}"), "levels"),
    "a loss that is no number": (lambda: events(b'{"event": "step", "time": 1, "step": 1, "loss": NaN}'), "NaN"),
    "a loss of 400 digits": (lambda: events(b'{"event": "step", "time": 1, "step": ' + b"9" * 400 + b"}"), "number"),
    "a step beyond the last": (lambda: events(step(step=101)), "step 101"),
    "a step before the first": (lambda: events(step(step=-1)), "line 1"),
    "a step that is no number": (lambda: events({"event": "other", "time": 1, "step": "a"}), "line 1: it is at step a"),
    "a step of half": (lambda: events({"event": "other", "time": 1, "step": 0.5}), "it is at step 0.5"),
    "half an event": (lambda: events({"event": "accuracy", "time": 1, "step": 1, "mean": 0.5}), "line 1"),
    "an event of the future": (lambda: events({"event": "dreamt", "time": 1}), ""),
    "an unfinished last line": (lambda: events(step(), b'{"event": "st', end=b"\n"[:0]), ""),
    "a long line": (lambda: events(step(note="x" * foreign.LONGEST_LINE)), "longer than"),
    "one line without an end": (lambda: events(b"x" * 200_000, end=b""), "longer than"),
    "millions of newlines": (lambda: events(b"\n" * 20_000_000), "unpacks to"),
    "newlines that are stored": (lambda: raw(RUN, member("r/events.jsonl", b"\n" * 2_000_000)), "line 1"),
    "millions of equal lines": (lambda: events(BOMB * 100_000), "unpacks to"),
    # snapshots
    "not npz": (lambda: snapshot(b"x"), "snapshot"),
    "pickle": (lambda: snapshot(classes=np.array([{}, {}], dtype=object)), "snapshot"),
    "compressed": (lambda: snapshot(npz(compressed=True, **arrays())), "snapshot"),
    "unknown array": (lambda: snapshot(more=np.zeros(1)), "snapshot"),
    "a hundred arrays": (lambda: snapshot(**{f"a{number}": np.zeros(1) for number in range(100)}), "snapshot"),
    "no view": (lambda: snapshot(view=None), "snapshot"),
    "no step": (lambda: snapshot(step=None), "snapshot"),
    "float view": (lambda: snapshot(view=np.zeros((2, 8, 8, 1))), "snapshot"),
    "wide view": (lambda: snapshot(view=np.zeros((2, 8, 8, 1), np.uint16)), "snapshot"),
    "flat view": (lambda: snapshot(view=np.zeros((2, 64), np.uint8)), "snapshot"),
    "view of 7 channels": (lambda: snapshot(view=np.zeros((2, 8, 8, 7), np.uint8)), "snapshot"),
    "view of the other colours": (lambda: snapshot(view=np.zeros((2, 8, 8, 3), np.uint8), images=None), "its view"),
    "no images at all": (
        lambda: snapshot(view=np.zeros((0, 8, 8, 1), np.uint8), images=None, targets=None, classes=np.arange(0)),
        "snapshot",
    ),
    "more images than the run": (
        lambda: snapshot(
            view=np.zeros((9000, 8, 8, 1), np.uint8), images=None, targets=None, classes=np.arange(9000) % 2
        ), "its view",
    ),
    "larger images than the run": (
        lambda: snapshot(view=np.zeros((2, 900, 900, 1), np.uint8), images=None), "its view",
    ),
    "other number of classes": (lambda: snapshot(classes=np.arange(3)), "snapshot"),
    "a class beyond the last": (lambda: snapshot(classes=np.array([0, 2])), "of each of"),
    "a class before the first": (lambda: snapshot(classes=np.array([-1, 0])), "of each of"),
    "one class twice": (lambda: snapshot(classes=np.array([1, 1])), "of each of"),
    "other number of targets": (lambda: snapshot(targets=np.eye(3, 2, dtype=np.float32)), "snapshot"),
    "targets of a million classes": (lambda: snapshot(targets=np.zeros((2, 10**6), np.float32)), "its targets"),
    "other number of images": (lambda: snapshot(images=np.zeros((3, 1, 8, 8), np.float32)), "snapshot"),
    "images of another size": (lambda: snapshot(images=np.zeros((2, 1, 8, 9), np.float32)), "snapshot"),
    "mean of another colour": (lambda: snapshot(mean=np.zeros(3, np.float32)), "mean"),
    "float classes": (lambda: snapshot(classes=np.zeros(2)), "snapshot"),
    "structured": (lambda: snapshot(classes=np.zeros(2, dtype="i4,i4")), "snapshot"),
    "text": (lambda: snapshot(mean=np.array(["a"])), "snapshot"),
    "a long name of a whitening": (lambda: snapshot(zca=np.array("x" * 10_000)), "snapshot"),
    "another step than its name": (lambda: snapshot(step=np.array(11)), "its step"),
    "a step after the last one": (
        lambda: snapshot(name="r/snapshots/step_000101.npz", step=np.array(101)), "its step",
    ),
    "a header that promises more": (lambda: lying(b"(2, 8, 8, 1)", b"(9, 8, 8, 1)"), "snapshot"),
    "a header that promises the world": (lambda: lying(b"(2, 8, 8, 1), }      ", b"(2, 8, 8, 1000000), }"), "snapshot"),
    "a header of minus signs": (lambda: snapshot(npy("-" * 9000 + "1")), "snapshot"),
    "a header of brackets": (lambda: snapshot(npy("(" * 9000)), "snapshot"),
    "a header of objects": (
        lambda: snapshot(npy("{'descr': '|O', 'fortran_order': False, 'shape': (9,)}")), "snapshot",
    ),
    "arrays within one another": (lambda: snapshot(within_one_another()), "snapshot"),
    "a snapshot without a dataset": (
        lambda: archive([("r/config.json", json.dumps(FIELDS | {"dataset": None})), (SNAPSHOT, npz(**arrays()))]),
        "no dataset",
    ),
    "a picture alone": (lambda: snapshot(images=None, targets=None, mean=None, std=None), ""),
    "a sound snapshot": (lambda: snapshot(), ""),
    "big-endian numbers": (lambda: snapshot(images=np.zeros((2, 1, 8, 8), ">f4")), ""),
}  # fmt: skip


def cut(file, count):
    return type(file)(file.getvalue()[:-count])


def npy(header):
    """An npz of one array with this header."""
    content = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header) + 1) + header.encode() + b"\n"
    return raw(member("view.npy", content)).getvalue()


def within_one_another():
    """An npz whose arrays `view` and `images` are the same bytes, listed twice."""
    one = npz(view=np.zeros((2, 8, 8, 1), np.uint8))[30 + len("view.npy") :]
    data = one[: 128 + 128]
    return raw(member("view.npy", data), member("classes.npy", data, offset=0)).getvalue()


def opens(run):
    """The run is drawn by Library, by Watch, and as a picture for each of its snapshots."""
    assert row_of(run).state != "unreadable" and not trouble(run)
    history = RunHistory(run).update()
    assert history.unreadable == 0 and track(history, "A") is not None
    label_shots(history)
    for number in run.snapshot_steps():
        answer = contact_sheet(SimpleNamespace(path_params={"run": run.id, "step": str(number)}))
        assert answer.status_code == 200


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(("build", "reason"), ZIPS.values(), ids=ZIPS.keys())
def test_a_zip_is_let_in_and_opens_or_leaves_nothing(build, reason, tmp_path):
    if reason:
        with pytest.raises(BadInput) as refused:
            import_bytes(build())
        assert reason in str(refused.value) and "\x1b" not in str(refused.value) and len(str(refused.value)) < 1000
        assert list_runs() == []
    else:
        run, known = import_bytes(build())
        assert list_runs() == [run] and not known
        opens(run)
    assert not list(runs_root().glob(".*")) and not (tmp_path / "evil").exists()


def test_texts_are_printable_once_they_are_in():
    odd, escaped = "\x1b[2J \ud800 \u202egnp.exe\n\u00e9", "\\x1b[2J \\ud800 \\u202egnp.exe\n\u00e9"
    content = json.dumps(FIELDS | {"hardware": {odd: [odd]}}), json.dumps({"state": "failed", "error": odd})
    parts = [("r/config.json", content[0]), ("r/status.json", content[1])]
    failed = {"event": "failed", "time": 1, "error": odd}
    zipped = archive([*parts, ("r/events.jsonl", json.dumps(failed) + "\n")])
    run = import_bytes(zipped).run
    assert run.config()["hardware"] == {escaped: [escaped]} and run.status()["error"] == escaped
    opens(run)
    assert import_bytes(zipped) == (run, True)


def test_a_run_whose_id_is_as_long_as_can_be_gets_a_suffix():
    runs = [
        import_bytes(archive([(f"{'r' * 120}/config.json", json.dumps(FIELDS | more))])).run
        for more in ({}, {"device": "cpu"})
    ]
    assert len({run_by_id(run.id).id for run in runs}) == 2 and runs[0].id == "r" * 120


@pytest.mark.parametrize(
    ("limit", "build", "reason"),
    [
        ((foreign, "MOST_LINES", 30), lines_of, "lines"),
        ((foreign, "MOST_POINTS", 30), lambda n: events(*[point(number) for number in range(n)]), "points"),
        ((fields, "MOST_CLASSES", 30), lambda n: dataset(classes=["a"] * n), "dataset="),
        ((snapshots, "LARGEST_VIEW", 30 * 64), lambda n: dataset(classes=["a"] * n), "at most"),
        ((strict_json, "MOST_LEVELS", 30 + 2), lambda n: written(nested(n)), "levels"),
        ((unpacking, "_MOST_SNAPSHOTS", 30), lambda n: many_snapshots(n), "at most"),
        ((unpacking, "_LARGEST_RUN", len(CONFIG) + 30), lambda n: run_and(("r/log.txt", "x" * n)), "too large"),
    ],
)  # fmt: skip
def test_a_run_at_a_limit_opens_and_beyond_it_none(limit, build, reason, monkeypatch):
    monkeypatch.setattr(*limit)
    with pytest.raises(BadInput, match=reason):
        import_bytes(build(31 + (limit[1] == "_MOST_SNAPSHOTS") * len(unpacking.LARGEST)))
    opens(import_bytes(build(30)).run)


@pytest.fixture
def measuring(monkeypatch):
    """The runs of these zips are of a method that names a curve."""
    target, about = DISTILLERS._entries[SETTINGS["distiller"]]
    curves = (Curve("layer", "By layer", "distance", "How far apart gradients are."),)
    monkeypatch.setitem(DISTILLERS._entries, SETTINGS["distiller"], (target, replace(about, curves=curves)))


@pytest.mark.parametrize("value", ["x", [1.0], {"a": 1}, True])
def test_a_metric_that_is_no_number_is_refused_where_the_method_names_it(measuring, value):
    for name in ("layer", "layer/conv 1"):
        with pytest.raises(BadInput, match="line 2"):
            import_bytes(events(step(), step(**{name: value})))
    opens(import_bytes(events(step(**{"layers/conv 1": value, "layer/conv 1": None}))).run)


def test_thousands_of_metrics_are_let_in_and_open(measuring):
    lines = [step(step=number, **{f"layer/{number}-{name}": 1e308 for name in range(2000)}) for number in range(50)]
    run = import_bytes(events(*lines)).run
    opens(run)
    assert len(RunHistory(run).update().metrics.names()) < 100


def point(number):
    return {"event": "accuracy", "time": 1.0, "step": number, "mean": 0.5, "std": 0.0, "repeats": 1}


def many_snapshots(count):
    parts = [(f"r/snapshots/step_{n:06d}.npz", npz(**arrays(step=np.array(n)))) for n in range(count)]
    return run_and(*parts)


def test_learned_labels_of_all_snapshots_are_bounded_together(monkeypatch):
    learned = json.dumps(FIELDS | {"settings": SETTINGS | {"distiller": "kip", "labels": "learned"}})
    content = archive([("r/config.json", learned), (SNAPSHOT, npz(**arrays()))])
    opens(import_bytes(content).run)
    monkeypatch.setattr(foreign, "MOST_LABELS", 3)
    with pytest.raises(BadInput, match="labels"):
        import_bytes(content)
    import_bytes(snapshot())


def test_what_is_let_in_is_as_large_as_can_be_shown_at_once():
    """Seconds of one core at these limits: lines 0.7, labels 0.4 and their snapshots 0.7 in Watch, a picture 1.4."""
    assert foreign.MOST_LINES <= 120_000 and unpacking.LARGEST["events.jsonl"] <= 24 * 2**20
    assert snapshots.MOST_VALUES <= 2**25 and snapshots.LARGEST_VIEW <= 2**27
    assert foreign.MOST_LABELS <= 2**25 and unpacking._MOST_SNAPSHOTS <= 1500
