"""The check of a GPU: every line of it on a CPU, what it says without a GPU, and that its bounds tell TF32 apart."""

import time
from pathlib import Path

import pretended
import pytest
import torch
import torch.nn.functional as F
from torch.overrides import TorchFunctionMode

from benchmarks import gpu_check
from benchmarks.gpu_cases import LENGTH, LOSS, Bench, Case, Found
from benchmarks.gpu_check import SHARES, checked, main, verdict_of
from benchmarks.gpu_setting import TOY, apart
from ddcore.distillers import DISTILLERS


def rows_in(path: Path) -> list[list[str]]:
    lines = [line for line in path.read_text().splitlines() if line.startswith("| ")]
    return [line.strip("| ").split(" | ") for line in lines[2:]]


@pytest.mark.slow
def test_every_check_holds_on_a_cpu(tmp_path, capsys):
    out = tmp_path / "found.txt"
    assert main(["--device", "cpu", "--toy", "--minutes", "30", "--out", str(out)]) == 0
    rows = rows_in(out)
    assert len(rows) == len(capsys.readouterr().out.splitlines()) == len(list(Bench("cpu", TOY).cases()))
    assert {row[-1] for row in rows} == {"held", "–"}
    without_bound = {row[1] for row in rows if row[-1] == "–" and row[0] != "speed"}
    assert without_bound == {"a full GPU is one sentence"}
    assert {row[1] for row in rows if row[0] == "contracts"} >= set(DISTILLERS.names())
    assert out.read_text().startswith("cpu (")


@pytest.mark.slow
def test_every_kind_of_check_runs_on_a_pretended_gpu():
    """As far as it goes: a checkpoint forgets where tensors pretended to be, and a petabyte is asked of the CPU."""
    unfit, few = (
        ("contracts", "a full GPU is one sentence"),
        ("dm", "mtt", "rfad", "dm, TF32 allowed", "dm, with students"),
    )
    with pretended.a_gpu():
        cases = [case for case in Bench("cuda:0", TOY).cases() if not set(unfit) & {case.part, case.name}]
        cases = [case for case in cases if case.part in ("device", "students") or case.name in few]
        verdicts = {(case.part, case.name): verdict_of(case, 600.0) for case in cases}
    assert {verdict for _, verdict in verdicts.values()} == {"held", "–"}, verdicts
    assert {part for part, _ in verdicts} == set(SHARES) - {"contracts"}


def test_without_a_gpu_everything_is_listed_and_nothing_run(tmp_path, monkeypatch):
    monkeypatch.setattr(gpu_check, "available_devices", lambda: ["cpu"])
    out = tmp_path / "found.txt"
    assert main(["--out", str(out)]) == 0
    assert {row[-1] for row in rows_in(out)} == {"not run"}
    assert len(rows_in(out)) == len(list(Bench("cuda:0").cases()))
    assert "TF32" in out.read_text()


def test_what_is_kept_is_what_the_script_says_today():
    """Until a GPU has been seen; then what it was seen with stays, whatever is to be checked besides."""
    kept, cases = gpu_check.RESULTS.read_text(), list(Bench("cuda:0").cases())
    if kept.startswith("No GPU"):
        assert kept == gpu_check.text_of("No GPU has been seen yet.", [], cases), "run python -m benchmarks.gpu_check"
    else:
        assert kept.startswith("cuda:") and "held" in {row[-1] for row in rows_in(gpu_check.RESULTS)}


def slow(*_: object) -> Found:
    time.sleep(60)
    return Found("never", True)


def test_what_takes_too_long_is_interrupted_and_said_not_to_have_run():
    part = next(iter(SHARES))
    cases = [Case(part, "slow", "", slow), Case(part, "next", "", lambda: Found("quick", True))]
    cases.append(Case("speed", "later", "", lambda: Found("fine", True)))
    found = [(case.name, verdict) for case, *_, verdict in checked(cases, 10.0, time.monotonic())]
    assert found == [("slow", "not run: out of time"), ("next", "not run: out of time"), ("later", "held")]


def test_one_slow_check_leaves_time_for_the_others():
    cases = [Case("device", "slow", "", slow), *[Case("device", "next", "", lambda: Found("quick", True))] * 19]
    found = [verdict for *_, verdict in checked(cases, 40.0, time.monotonic())]
    assert found == ["not run: out of time", *["held"] * 19]


def test_what_goes_wrong_is_told_and_the_rest_goes_on(tmp_path, monkeypatch, capsys):
    def broken() -> Found:
        raise ValueError("a\nb")

    cases = [Case("device", "bad", "", broken), Case("device", "off", "1", lambda: Found("2", False))]
    monkeypatch.setattr(Bench, "cases", lambda self: cases)
    assert main(["--device", "cpu", "--toy", "--minutes", "30", "--out", str(tmp_path / "found.txt")]) == 1
    found = [(row[3], row[-1]) for row in rows_in(tmp_path / "found.txt")]
    assert found == [("ValueError: a b", "failed"), ("2", "missed")]
    assert "Traceback" in capsys.readouterr().err
    assert not torch.are_deterministic_algorithms_enabled()


def test_shares_are_all_of_the_time_and_of_every_part():
    assert sum(SHARES.values()) == pytest.approx(1)
    assert list(dict.fromkeys(case.part for case in Bench("cuda:0").cases())) == list(SHARES)


class TF32(TorchFunctionMode):
    """Factors of convolutions rounded to eleven significant bits."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        if func in (F.conv2d, torch.conv2d):
            args = (*map(_rounded, args[:2]), *args[2:])
        return func(*args, **(kwargs or {}))


def _rounded(values: torch.Tensor) -> torch.Tensor:
    bits = values.detach().contiguous().view(torch.int32)
    return values + ((bits + 2**12).bitwise_and(-(2**13)).view(torch.float32) - values.detach())


@pytest.mark.parametrize("name", ["dc", "dm", "dsa", "frepo", "ncfm"])
def test_another_order_of_sums_agrees_and_tf32_does_not(name):
    bench = Bench("cpu", TOY)
    loss, step = bench._one_step(name, "cpu")
    with torch.backends.mkldnn.flags(enabled=False, allow_tf32=None):
        other = bench._one_step(name, "cpu")
    with TF32():
        coarse = bench._one_step(name, "cpu")
    assert abs(other[0] - loss) <= LOSS * abs(loss) / 10 and apart(other[1], step) <= LENGTH / 10
    assert abs(coarse[0] - loss) > LOSS * abs(loss) or apart(coarse[1], step) > LENGTH
