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
    assert found["cost"] >= found["optimum"] > 0 and (found["epsilon"] == 0) == (coreset == 0)
    if found["bound"] is not None:
        assert found["cost"] <= found["bound"] * found["optimum"] * (1 + 1e-9)
    assert main(command) == 0
    assert f"{found['cost']:.4f}" in capsys.readouterr().out


def test_other_methods_have_none(tmp_path, capsys):
    command = ["distill", "--dataset", toy.npz(tmp_path), "--steps", "1", "--width", "4", "--evaluation", "none"]
    assert main([*command, "--device", "cpu", "--json"]) == 0
    assert "certificate" not in json.loads(capsys.readouterr().out.strip().splitlines()[-1])
