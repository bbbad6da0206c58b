"""Options of reading, what they make of a source, and where the report goes."""

import json

import numpy as np
import pytest

from ddcore.commands import main
from ddcore.data.catalogue import catalogue
from ddcore.data.dataset import materialised, open_dataset
from ddcore.data.loading import load_dataset
from ddcore.data.reading import flip_of
from ddcore.data.report import Report
from ddcore.data.specs import find_hash
from ddcore.errors import BadInput


@pytest.mark.parametrize(
    ("classes", "expected"),
    [
        (["0", "1", "9"], False),
        (["A", "b"], False),
        (["zero", "One"], False),
        (["digit_3", "digit_4"], False),
        (["letter-a", "letter-b"], False),
        (["cat", "dog"], True),
        (["0", "1", "cat"], True),
        ([str(i) for i in range(43)], True),
    ],
)
def test_digits_and_letters_are_not_mirrored(classes, expected):
    flip, reason = flip_of("auto", classes)
    assert flip is expected and reason.startswith(f"mirroring is {'on' if expected else 'off'}")
    assert flip_of("on", classes)[0] and not flip_of("off", classes)[0]


@pytest.mark.parametrize("spec", ["own", "digits"])
def test_every_dataset_has_the_switch(sources, spec):
    path = sources.folder(sources.members()) if spec == "own" else spec
    plain = load_dataset(path)
    turned = load_dataset(path, flip="off" if plain.flip else "on")
    assert turned.flip is not plain.flip and turned.hash != plain.hash
    np.testing.assert_array_equal(turned.train.images, plain.train.images)
    assert find_hash(path) == plain.hash and find_hash(path, flip="off" if plain.flip else "on") == turned.hash
    assert any(decision.about == "flip" and "as asked" in decision.text for decision in turned.report.decisions)
    assert len({info.title for info in catalogue() if info.hash}) == 2


def test_a_source_read_otherwise_is_another_dataset(sources):
    half = np.zeros((8, 8, 4), np.uint8)
    half[:4, :, 3] = 255
    members = sources.members(colour=True) | {"dog/9.png": sources.encoded(half)}
    path = sources.folder(members)
    white, black, red = (load_dataset(path, background=name) for name in ("white", "black", "#ff0000"))
    assert len({white.hash, black.hash, red.hash}) == 3
    assert (white.name, black.name, red.name) == ("pets", "pets-black", "pets-ff0000")
    pixels = np.concatenate([red.train.images, red.test.images])
    assert any((image[4:] == (255, 0, 0)).all() and (image[:4] == 0).all() for image in pixels)


@pytest.mark.parametrize("option", [{"background": "sky"}, {"flip": "maybe"}, {"size": 3}, {"label_column": 3}])
def test_options_that_cannot_be(option):
    with pytest.raises(BadInput, match=next(iter(option))):
        load_dataset("digits", **option)


def test_the_report_is_kept_for_each_source(sources):
    """Two sources of the same content: each keeps what was decided about itself."""
    first = sources.folder(sources.members(), "first")
    second = sources.folder(sources.members() | {"cat/notes.txt": b"hello"}, "second")
    one, two = load_dataset(first), load_dataset(second)
    assert one.hash == two.hash
    assert (one.report.left_out, two.report.left_out) == ({}, {".txt": 1})
    same = [decision.text for decision in two.report.decisions if "the same images" in decision.text]
    assert same == [f"the same images and labels as first, prepared from {first}"]
    assert load_dataset(second).report.left_out == {".txt": 1}
    assert open_dataset(one.hash).report.left_out == {}


def test_the_report_adds_up_and_survives_json(sources):
    extras = {
        "cat/notes.txt": b"", "cat/raw.heic": b"", "dog/Thumbs.db": b"", "@eaDir/x.png": b"", ".hidden": b"",
        "README": b"",
    }  # fmt: skip
    report = load_dataset(sources.folder(sources.members() | extras)).report
    assert (report.found, report.read, report.used, report.ignored) == (16, 10, 0, 3)
    assert report.left_out == {".txt": 1, ".heic": 1, "no suffix": 1}
    assert report.found == report.read + report.used + report.ignored + sum(report.left_out.values())
    assert Report.of_json(json.loads(json.dumps(report.to_json()))) == report


def test_datasets_and_runs_say_what_was_decided(sources, capsys):
    path = sources.folder(sources.members(each=8, size=(16, 16)) | {"cat/notes.txt": b""})
    flags = ["--width", "4", "--depth", "1", "--batch-real", "4", "--steps", "1", "--evaluation", "none"]
    assert main(["distill", "--dataset", str(path), "--flip", "off", *flags]) == 0
    capsys.readouterr()
    assert main(["datasets", "--json"]) == 0
    (listed,) = [one for one in json.loads(capsys.readouterr().out)["datasets"] if one["name"] == "pets-unmirrored"]
    assert listed["report"]["left_out"] == {".txt": 1} and listed["flip"] is False
    assert main(["datasets"]) == 0
    assert "files: not used: 1 .txt" in capsys.readouterr().out
    from ddcore.runs.folder import list_runs

    (run,) = list_runs()
    assert run.config()["dataset"]["report"] == listed["report"]
    assert run.config()["settings"]["flip"] == "off" and run.config()["dataset"]["flip"] is False


@pytest.mark.parametrize("labels", ["9" * 5000, "--5", "\x1b[31mred\x1b[0m", "a\nb\tc", "x" * 20_000])
def test_what_a_file_holds_stays_one_printable_line(sources, arrays, labels, capsys):
    names = np.array([labels, "b"] * 6)
    path = sources.npz(images=arrays["images"][:, :, :2], labels=names)  # two pixels wide: refused once it is read
    assert main(["importance", "--dataset", str(path), "--score", "uniform", "--out", str(path) + ".out.npz"]) == 2
    error = capsys.readouterr().err
    line = error.splitlines()[-1]
    assert line.isprintable() and len(line) <= 310 and error.count("\n") == 1
    assert materialised() == []
