"""Where the command line may write: refused before anything is computed, and nothing left behind."""

import errno
import os

import pytest
import toy

from ddcore.commands import main


@pytest.fixture
def own(tmp_path):
    return toy.npz(tmp_path)


def refused(capsys, *arguments):
    """The one line of error that a command answers with."""
    assert main([*arguments]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
    return line


def scores(own, out):
    return "importance", "--dataset", own, "--score", "uniform", "--out", str(out)


def test_a_command_that_fails_leaves_no_folder_behind(tmp_path, capsys):
    line = refused(capsys, *scores("nowhere", tmp_path / "new" / "deep" / "scores.npz"))
    assert "No dataset 'nowhere'" in line and not (tmp_path / "new").exists()


def test_folders_on_the_way_are_made(own, tmp_path):
    assert main([*scores(own, tmp_path / "new" / "deep" / "scores.npz")]) == 0
    assert [path.name for path in (tmp_path / "new" / "deep").iterdir()] == ["scores.npz"]


@pytest.mark.parametrize(
    ("out", "told"),
    [
        ("scores.zip", "does not end in .npz"),
        ("", "--out '' does not end in .npz"),
        ("folder.npz", "folder.npz is a folder; name the .npz file to write"),
        ("file/scores.npz", "cannot be written"),
        ("file/deep/scores.npz", "cannot be written"),
        ("x" * 300 + "/scores.npz", "File name too long"),
    ],
)
def test_a_place_that_is_none_is_refused_before_the_data_is_touched(out, told, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("ddcore.commands.importance.load_dataset", lambda *_, **__: pytest.fail("loaded"))
    (tmp_path / "folder.npz").mkdir()
    (tmp_path / "file").touch()
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    assert told in refused(capsys, *scores("digits", out))
    assert sorted(tmp_path.rglob("*")) == before


def test_a_folder_that_may_not_be_written_in_is_refused_before_the_data_is_touched(tmp_path, capsys, monkeypatch):
    def refuse(dir):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(dir))

    monkeypatch.setattr("ddcore.commands.importance.load_dataset", lambda *_, **__: pytest.fail("loaded"))
    monkeypatch.setattr("ddcore.commands.importance.tempfile.TemporaryFile", refuse)
    assert "cannot be written" in refused(capsys, *scores("digits", tmp_path / "new" / "scores.npz"))
    assert not (tmp_path / "new").exists()


def test_folders_of_the_environment_that_are_none_are_no_defect(own, tmp_path, capsys, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("DDCORE_CACHE", str(tmp_path / "file"))
    assert "Not a directory" in refused(capsys, *scores(own, tmp_path / "scores.npz"))
    monkeypatch.setenv("DDCORE_CACHE", str(tmp_path / "cache"))
    few = ["--steps", "1", "--evaluation", "none", "--width", "4", "--device", "cpu"]
    line = refused(capsys, "distill", "--dataset", own, *few, "--runs", str(tmp_path / "file" / "runs"))
    assert "Not a directory" in line
