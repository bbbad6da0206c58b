"""What `distill --distiller analytic` proves of its set, on the command line."""

import json

import pytest
import toy

from ddcore.__main__ import main

CLOSED = ["--distiller", "analytic", "--width", "4", "--depth", "2", "--evaluation", "none", "--device", "cpu"]


@pytest.mark.parametrize("coreset", [0, 4000])
def test_it_is_printed_and_part_of_the_object(tmp_path, capsys, coreset):
    command = ["distill", "--dataset", toy.npz(tmp_path), *CLOSED, "--fit-ridge", "1", "--coreset", str(coreset)]
    assert main([*command, "--json"]) == 0
    found = json.loads(capsys.readouterr().out.strip().splitlines()[-1])["certificate"]
    assert found["cost"] >= found["optimum"] * (1 - 1e-12) > 0 and (found["epsilon"] == 0) == (coreset == 0)
    if found["bound"] is not None:
        assert found["cost"] <= found["bound"] * found["optimum"] * (1 + 1e-9)
    assert main(command) == 0
    assert f"{found['cost']:.4f}" in capsys.readouterr().out


def test_several_sizes_have_a_line_each(tmp_path, capsys):
    command = ["distill", "--dataset", toy.npz(tmp_path), *CLOSED, "--fit-ridge", "1"]
    assert main([*command, "--coreset", "4000", "--sizes", "4", "--json"]) == 0
    found = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
    every = found["certificates"]
    assert [one["coreset"] for one in every] == [500, 1000, 2000, 4000] and every[-1] == found["certificate"]
    for one in every:
        assert one["cost"] >= one["optimum"] * (1 - 1e-12) > 0
        assert one["bound"] is None or one["cost"] <= one["bound"] * one["optimum"] * (1 + 1e-9)
    assert main([*command, "--coreset", "4000", "--sizes", "4"]) == 0
    printed = capsys.readouterr().out
    for one in every:
        (line,) = [line for line in printed.splitlines() if line.split()[0] == f"{one['coreset']:,}"]
        ratio = one["cost"] / one["optimum"]
        guaranteed = "nothing" if one["bound"] is None else f"{one['bound']:.3f}"
        assert line.split()[1:] == [f"{one['epsilon']:.3f}", guaranteed, f"{ratio:.3f}"]
    assert main([*command, "--coreset", "4000", "--json"]) == 0
    alone = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
    assert "certificates" not in alone and alone["certificate"] == found["certificate"]


def test_sizes_without_a_coreset_are_refused_in_one_line(tmp_path, capsys):
    assert main(["distill", "--dataset", toy.npz(tmp_path), *CLOSED, "--sizes", "4"]) == 2
    said = capsys.readouterr().err
    assert "without a coreset" in said and "Traceback" not in said


def test_other_methods_have_none(tmp_path, capsys):
    command = ["distill", "--dataset", toy.npz(tmp_path), "--steps", "1", "--width", "4", "--evaluation", "none"]
    assert main([*command, "--device", "cpu", "--json"]) == 0
    assert "certificate" not in json.loads(capsys.readouterr().out.strip().splitlines()[-1])
