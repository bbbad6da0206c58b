"""The published protocol: what is asked for, kept once, and said to be missing."""

import toy

from benchmarks.lines import Lines
from benchmarks.published import FLAGS, key_of, main, print_table
from ddcore.runs.folder import list_runs


def rows(capsys):
    return [line for line in capsys.readouterr().out.splitlines() if line.startswith(("| d", "| n"))]


def test_a_cell_is_run_once_and_every_set_is_a_run(tmp_path, capfd):
    out = str(tmp_path / "published.jsonl")
    small = ["--steps", "1", "--width", "4", "--batch-real", "4", "--seeds", "2", "--repeats", "2"]
    small += ["--evaluation", "quick", "--evaluate-every", "0", "--device", "cpu"]
    command = ["dm", toy.npz(tmp_path), "1", "--out", out, "--", *small]
    assert main(command) == 0
    assert [run.config()["settings"]["init"] for run in list_runs()] == ["random", "random"]
    assert "n = 4" in capfd.readouterr().out
    assert main(command) == 0
    assert len(list_runs()) == 2 and "there already" in capfd.readouterr().out


def test_what_distill_refuses_is_kept_nowhere(tmp_path, capfd):
    out = tmp_path / "published.jsonl"
    assert main(["dm", "nowhere", "1", "--out", str(out)]) == 2
    assert "nowhere" in capfd.readouterr().err and not out.exists()


def test_the_table_says_what_was_not_run_and_takes_no_other_flags(tmp_path, capsys):
    lines = Lines(tmp_path / "lines")
    print_table(lines)
    empty = rows(capsys)
    assert len(empty) == 4 * 3 * 2 and all(line.count("not run") == 2 for line in empty)
    sets = [{"accuracy": {"mean": mean, "std": 0.01, "repeats": 20}} for mean in (0.88, 0.9)]
    found = {"accuracy": {"mean": 0.89, "over_all": {"std": 0.014, "n": 40}}, "runs": sets}
    lines.add(key_of("dm", "mnist", 1, ["--steps", "2"]), found)
    print_table(lines)
    assert rows(capsys) == empty
    lines.add(key_of("dm", "mnist", 1, []), found)
    print_table(lines)
    (changed,) = set(rows(capsys)) - set(empty)
    assert "| 89.0 ± 1.4 %, n = 40 | 1.4, n = 2 |" in changed


def test_it_asks_for_the_fields_convention():
    assert " ".join(FLAGS) == "--preset paper --seeds 5 --repeats 20 --convention field"
