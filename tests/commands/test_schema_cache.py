import json
import os
import sys
import time

import pytest

from ddcore.commands import schema_cache
from ddcore.commands.schema_cache import SchemaUnreadable, code_hash, forget_failure, read_now, schema

ANSWER = {"distillers": {"dm": []}, "devices": ["cpu"]}


def answering(monkeypatch, tmp_path, code):
    """`ddcore schema` replaced by a short script; returns the file that counts its starts."""
    count = tmp_path / "count.txt"
    script = f"import json, os, sys; open({str(count)!r}, 'a').write('x')\n{code}"
    monkeypatch.setattr(schema_cache, "COMMAND", (sys.executable, "-c", script))
    return count


def until_read():
    deadline = time.monotonic() + 30
    while (found := schema()) is None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return found


def test_it_is_read_once_in_the_background_and_then_kept(monkeypatch, tmp_path):
    count = answering(monkeypatch, tmp_path, f"print({json.dumps(ANSWER)!r})")
    assert schema() is None  # the first call returns at once
    assert until_read() == ANSWER
    assert schema() == read_now() == ANSWER
    assert count.read_text() == "x"


def test_reading_ahead_of_time(monkeypatch, tmp_path):
    answering(monkeypatch, tmp_path, f"print({json.dumps(ANSWER)!r})")
    assert read_now() == ANSWER
    assert schema() == ANSWER


def test_a_failure_is_told_until_someone_tries_again(monkeypatch, tmp_path):
    answering(monkeypatch, tmp_path, "sys.exit('no torch here')")
    with pytest.raises(SchemaUnreadable, match="status 1: no torch here"):
        until_read()
    with pytest.raises(SchemaUnreadable):
        schema()
    answering(monkeypatch, tmp_path, f"print({json.dumps(ANSWER)!r})")
    forget_failure()
    assert until_read() == ANSWER


def test_other_devices_mean_another_schema(monkeypatch, tmp_path):
    answering(monkeypatch, tmp_path, "print(json.dumps({'devices': [os.environ.get('CUDA_VISIBLE_DEVICES')]}))")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert read_now()["devices"] == [None]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3")
    assert read_now()["devices"] == ["3"]


def test_the_hash_names_the_source_files(monkeypatch, tmp_path):
    package = tmp_path / "package"
    package.mkdir()
    (package / "a.py").write_text("1")
    monkeypatch.setattr(schema_cache, "_PACKAGE", package)
    before = code_hash()
    os.utime(package / "a.py", (0, 0))
    (package / "notes.txt").write_text("not code")
    assert code_hash() == before and len(before) == 16
    (package / "presets.json").write_text("{}")
    assert code_hash() != before


def test_the_real_command_answers():
    found = read_now()
    assert {"dm"} <= found["distillers"].keys()
    assert found["devices"][-1] == "cpu"
