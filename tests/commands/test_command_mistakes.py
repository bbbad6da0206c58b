"""A mistake on the command line: one clear line and status 2, and no traceback even of a defect of ours."""

import errno
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest

from ddcore.commands import COMMANDS, evaluate, main
from ddcore.errors import BadInput


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["paint"], "'paint' is unknown; choose one of datasets"),
        (["distill", "--dataset", "nowhere"], "nowhere"),
        (["distill", "--dataset", "digits", "--ipc", "100000"], "ipc=100000"),
        (["distill", "--dataset", "digits", "--ipc", "1000"], "ipc=1000 exceeds the smallest class"),
        (["distill", "--dataset", "digits", "--steps", "0"], "steps=0"),
        (["distill", "--dataset", "digits", "--steps", "many"], "invalid int value: 'many'"),
        (["distill", "--dataset", "digits", "--distiller", "luck"], "distiller='luck'"),
        (["distill", "--dataset", "digits", "--device", "cuda:9"], "device='cuda:9' is not available"),
        (["distill", "--dataset", "digits", "--depth", "5"], "depth=5 does not fit 8x8 images"),
        (["importance", "--dataset", "digits", "--score", "luck", "--out", "x.npz"], "'luck' is unknown"),
        (["importance", "--dataset", "digits", "--score", "kmeans", "--out", "x.csv"], "does not end in .npz"),
        (["evaluate", "nothing"], "There is no run 'nothing'"),
        (["evaluate", "nothing.npz", "--dataset", "digits"], "There is no file nothing.npz"),
        (["stop", "nothing"], "There is no run"),
        (["stop", "../../etc"], "There is no run"),
        (["resume"], "required: RUN"),
    ],
)
def test_a_mistake_is_one_clear_line_and_status_2(arguments, sentence, capsys):
    assert main(arguments) == 2
    captured = capsys.readouterr()
    error = [line for line in captured.err.splitlines() if line.startswith("error: ")]
    assert len(error) == 1 and sentence in error[0] and "Traceback" not in captured.err


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"images": np.full((3, 1, 8, 8), np.nan)}, "images of shape (3, 1, 8, 8) holds values that are not finite"),
        ({"images": np.zeros((0, 1, 8, 8)), "targets": np.zeros((0, 10))}, "or no values"),
        ({"images": np.array(["a"])}, "images of shape (1,) holds values"),
        ({"mean": np.zeros(3), "std": np.ones(3)}, "mean and std must be (1,)"),
        ({"targets": np.zeros(3)}, "with targets (3,) do not fit digits"),
    ],
)
def test_a_file_that_is_no_synthetic_set_is_refused(change, sentence, capsys, tmp_path):
    good = {"images": np.zeros((3, 1, 8, 8)), "targets": np.eye(10)[:3], "mean": np.zeros(1), "std": np.ones(1)}
    np.savez(tmp_path / "set.npz", **(good | change))
    assert main(["evaluate", str(tmp_path / "set.npz"), "--dataset", "digits"]) == 2
    assert sentence in capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize("content", [b"PK\x03\x04 no zip", b"no zip", b"\x93NUMPY\x01\x00", b""])
def test_a_damaged_file_is_no_defect(content, capsys, tmp_path):
    (tmp_path / "set.npz").write_bytes(content)
    assert main(["evaluate", str(tmp_path / "set.npz"), "--dataset", "digits"]) == 2
    assert "cannot be read as NumPy arrays" in capsys.readouterr().err


@pytest.mark.parametrize("write", [np.savez, np.savez_compressed])
def test_a_set_is_looked_at_before_it_is_read(write, capsys, tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise BadInput("it was read")

    good = {"images": np.zeros((3, 1, 8, 8)), "targets": np.eye(10)[:3], "mean": np.zeros(1), "std": np.ones(1)}
    write(tmp_path / "set.npz", **good)
    monkeypatch.setattr(evaluate, "_LARGEST", sum(values.nbytes for values in good.values()))
    monkeypatch.setattr(evaluate, "load_dataset", refuse)
    assert main(["evaluate", str(tmp_path / "set.npz"), "--dataset", "digits"]) == 2
    assert "it was read" in capsys.readouterr().err
    monkeypatch.setattr(evaluate, "_LARGEST", evaluate._LARGEST - 1)
    monkeypatch.delattr(evaluate, "read_npz")
    assert main(["evaluate", str(tmp_path / "set.npz"), "--dataset", "digits"]) == 2
    assert "unpacks to" in capsys.readouterr().err


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.ENOSPC])
def test_a_place_that_may_not_be_written_is_no_defect(monkeypatch, capsys, tmp_path, number):
    def refuse(*_, **__):
        raise OSError(number, os.strerror(number), "/there/F.npz")

    monkeypatch.setattr("ddcore.commands.importance.write_npz", refuse)
    assert main(["importance", "--dataset", "digits", "--score", "uniform", "--out", str(tmp_path / "F.npz")]) == 2
    assert capsys.readouterr().err.splitlines()[-1] == f"error: /there/F.npz: {os.strerror(number)}."


def test_a_defect_is_one_line_too_and_its_traceback_is_kept(monkeypatch, capsys):
    monkeypatch.setattr("ddcore.commands.datasets.catalogue", lambda: 1 / 0)
    assert main(["datasets"]) == 1
    error = capsys.readouterr().err
    assert error.startswith("failed: ZeroDivisionError") and "Traceback (" not in error
    kept = error.split("traceback in ")[1].rstrip(")\n")
    assert "ZeroDivisionError" in Path(kept).read_text()


def test_importing_a_dataset_is_told_where_it_belongs(capsys, tmp_path):
    with zipfile.ZipFile(tmp_path / "flowers.zip", "w") as archive:
        archive.writestr("Flowers/rose/1.png", b"")
    assert main(["import", str(tmp_path / "flowers.zip")]) == 2
    assert "no config.json" in (told := capsys.readouterr().err) and "Add your own data" in told


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_a_flag_without_a_value_is_one_line(command, capsys):
    for flag in ("--runs", "--size"):
        assert main([command, f"{flag}=--"]) == 2
        assert f"{flag} needs a value" in capsys.readouterr().err


def test_what_is_printed_is_printable(monkeypatch, capsys):
    def fail():
        raise TypeError("\x1b[2Jgone \ud800")

    for arguments, code in ((["runs", "\x1b[2J"], 2), (["\x1b[2J"], 2), (["datasets"], 1)):
        monkeypatch.setattr("ddcore.commands.datasets.catalogue", fail)
        assert main(arguments) == code
        (line,) = capsys.readouterr().err.splitlines()
        assert line.isprintable() and "[2J" in line
