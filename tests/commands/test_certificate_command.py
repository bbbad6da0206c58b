"""`certificate`: the promised object against direct calls, what it says to a person, and mistakes in one line."""

import json

import numpy as np
import pytest
import toy

from ddcore.commands import main
from ddcore.commands.bars import Bars
from ddcore.coresets.subsets import KMeansCost, RidgeCost, sensitivity_coreset
from ddcore.data.loading import load_dataset
from ddcore.data.train_set import train_set
from ddcore.features.making import make_features
from ddcore.importance import SCORES
from ddcore.randomness import numpy_generator
from ddcore.ridge.leverage import centred_targets
from ddcore.sampling.law import SamplingLaw


@pytest.fixture
def own(tmp_path):
    return toy.npz(tmp_path)


def asked(own, capsys, *more):
    """The object printed for so many flags; the cost has 10 random features."""
    status = main(["certificate", "--dataset", own, "--num-features", "10", "--device", "cpu", "--json", *more])
    output = capsys.readouterr()
    assert status == 0, output.err
    return json.loads(output.out.strip().splitlines()[-1])


def expected(own, chances, m, draws, which, seed=0, **family):
    """Mean and quantiles by direct calls."""
    train = train_set(load_dataset(own))
    features = make_features(family.get("features", "rff"), train, 10, seed)
    cost = RidgeCost(features, centred_targets(train.labels, 3), family.get("ridge", 1.0))
    found = [
        cost.certificate(*sensitivity_coreset(chances, m, numpy_generator(seed, f"certificate {which}", draw)))
        for draw in range(draws)
    ]
    return {"mean": np.mean(found), "q05": np.quantile(found, 0.05), "q95": np.quantile(found, 0.95)}


def test_the_promised_object(own, capsys):
    found = asked(own, capsys, "--score", "kmeans", "--clusters", "4", "--m", "30", "--draws", "4", "--ridge", "0.5")
    assert set(found) == {"score", "uniform", "m", "draws", "exact"} and found["exact"] is True
    assert (found["m"], found["draws"]) == (30, 4)
    scores = SCORES.make("kmeans", clusters=4).compute(train_set(load_dataset(own)), 0).scores
    assert found["score"] == pytest.approx(expected(own, scores, 30, 4, "score", ridge=0.5))
    assert found["uniform"] == pytest.approx(expected(own, np.ones(36), 30, 4, "uniform", ridge=0.5))


def test_the_ridge_score_takes_the_costs_own_features(own, capsys):
    found = asked(own, capsys, "--score", "ridge", "--m", "40", "--draws", "3", "--features", "pca", "--seed", "5")
    scores = SCORES.make("ridge", features="pca", num_features=10).compute(train_set(load_dataset(own)), 5).scores
    assert found["score"] == pytest.approx(expected(own, scores, 40, 3, "score", seed=5, features="pca"))


def test_the_law_can_be_bent(own, capsys):
    flags = ["--score", "kmeans", "--clusters", "4", "--m", "30", "--draws", "2"]
    bent = asked(own, capsys, *flags, "--uniform", "0.5", "--temperature", "2", "--direction", "easy")
    scores = SCORES.make("kmeans", clusters=4).compute(train_set(load_dataset(own)), 0).scores
    law = SamplingLaw(uniform=0.5, temperature=2.0, direction="easy").of(scores)
    assert bent["score"] == pytest.approx(expected(own, law, 30, 2, "score"))
    assert bent["uniform"] == asked(own, capsys, *flags)["uniform"]


def test_scores_of_classes_apart_still_make_one_law(own, capsys):
    found = asked(own, capsys, "--score", "kmeans", "--clusters", "2", "--per-class", "--m", "30", "--draws", "2")
    train = train_set(load_dataset(own))
    scores = SCORES.make("kmeans", clusters=2, per_class=True).compute(train, 0).scores
    totals = np.bincount(train.labels, weights=scores)
    assert found["score"] == pytest.approx(expected(own, scores / totals[train.labels], 30, 2, "score"))


def test_kmeans_reports_the_worst_found_of_its_own_searches(own, capsys):
    flags = ["--cost", "kmeans", "--k", "3", "--score", "kmeans", "--clusters", "4", "--m", "12", "--draws", "2"]
    status = main(["certificate", "--dataset", own, "--device", "cpu", "--json", *flags])
    output = capsys.readouterr()
    assert status == 0, output.err
    found, train = json.loads(output.out.strip().splitlines()[-1]), train_set(load_dataset(own))
    assert set(found) == {"score", "uniform", "m", "draws", "exact"} and found["exact"] is False
    scores = SCORES.make("kmeans", clusters=4).compute(train, 0).scores
    for which, chances in (("score", scores), ("uniform", np.ones(36))):
        errors = []
        for draw in range(2):
            coreset = sensitivity_coreset(chances, 12, numpy_generator(0, f"certificate {which}", draw))
            search = numpy_generator(0, "certificate search", draw)
            errors.append(KMeansCost(train.pixels, 3).worst_found(*coreset, search)[0])
        told = {"mean": np.mean(errors), "q05": np.quantile(errors, 0.05), "q95": np.quantile(errors, 0.95)}
        assert found[which] == pytest.approx(told)


def test_kmeans_has_10_centres_by_default_and_leaves_ridge_flags_to_the_score(own, capsys, monkeypatch):
    asked = []
    monkeypatch.setattr("ddcore.commands.certificate.KMeansCost", lambda points, k: asked.append(k) or Perfect())
    flags = ["--cost", "kmeans", "--score", "ridge", "--num-features", "7", "--m", "5", "--draws", "2"]
    assert main(["certificate", "--dataset", own, *flags]) == 0
    assert asked == [10]
    for line in capsys.readouterr().out.splitlines():
        assert "worst error found for 10 centres = 0 " in line and "worse centres may exist" in line
        assert "exact" not in line and "eps" not in line and "is kept" not in line


class Perfect:
    """A search that finds nothing."""

    def worst_found(self, indices, weights, rng, progress):
        progress(1, 2, "searching")
        return 0.0, None


def test_one_bar_counts_the_draws_of_both(own, monkeypatch):
    seen = []
    monkeypatch.setattr("ddcore.commands.certificate.Bars", lambda: Noted(seen))
    monkeypatch.setattr("ddcore.commands.certificate.KMeansCost", lambda points, k: Perfect())
    flags = ["--cost", "kmeans", "--score", "uniform", "--m", "5", "--draws", "3"]
    assert main(["certificate", "--dataset", own, *flags]) == 0
    assert [told[:2] for told in seen if told[2] == "searching"] == [(place + 0.5, 6) for place in range(6)]


class Noted(Bars):
    """Bars that nobody sees."""

    def __init__(self, seen):
        super().__init__()
        self._seen = seen

    def __call__(self, done, total, note=""):
        self._seen.append((done, total, note))


def test_more_draws_than_images_are_possible_and_the_same_seed_repeats(own, capsys):
    flags = ["--score", "uniform", "--m", "500", "--draws", "3"]
    first = asked(own, capsys, *flags)
    assert first == asked(own, capsys, *flags)
    assert first != asked(own, capsys, *flags, "--seed", "1")
    assert (
        first["score"]["mean"] < asked(own, capsys, "--score", "uniform", "--m", "20", "--draws", "3")["score"]["mean"]
    )


def test_a_person_reads_a_sentence_each_and_when_nothing_is_guaranteed(own, capsys):
    command = ["certificate", "--dataset", own, "--score", "lightweight", "--draws", "2", "--num-features", "10"]
    assert main([*command, "--m", "2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 and lines[0].startswith("2 images drawn by lightweight: eps = ")
    assert all("at eps >= 1 there is no lower guarantee" in line for line in lines)
    assert main([*command, "--m", "1"]) == 0
    assert capsys.readouterr().out.startswith("1 image drawn by lightweight: eps = ")
    assert main([*command, "--m", "20000"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].startswith("20,000 images drawn uniformly: eps = 0.")
    assert all("kept within a factor of" in line and "no lower guarantee" not in line for line in lines)


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (["--score", "kmeans", "--m", "0"], "m=0"),
        (["--score", "kmeans", "--m", "many"], "invalid int value: 'many'"),
        (["--score", "kmeans"], "--m"),
        (["--score", "kmeans", "--m", "5", "--draws", "0"], "draws=0"),
        (["--score", "kmeans", "--m", "5", "--seed", "-1"], "seed=-1"),
        (["--score", "kmeans", "--m", "5", "--ridge", "-2"], "ridge=-2.0"),
        (["--score", "kmeans", "--m", "5", "--num-features", "0"], "num_features=0"),
        (["--score", "kmeans", "--m", "5", "--features", "smell"], "features='smell'"),
        (["--score", "kmeans", "--m", "5", "--uniform", "2"], "uniform=2.0"),
        (["--score", "kmeans", "--m", "5", "--temperature", "-1"], "temperature=-1.0"),
        (["--score", "kmeans", "--m", "5", "--proxy-steps", "3"], "no parameter 'proxy_steps'"),
        (["--score", "kmeans", "--m", "5", "--k", "3"], "k=3 has no effect with cost='ridge'"),
        (["--score", "kmeans", "--m", "5", "--cost", "kmeans", "--k", "0"], "k=0 is not allowed"),
        (["--score", "kmeans", "--m", "5", "--cost", "kmeans", "--k", "257"], "from 1 to 256"),
        (["--score", "kmeans", "--m", "5", "--cost", "kmeans", "--ridge", "2"], "no parameter 'ridge'"),
        (["--score", "kmeans", "--m", "5", "--cost", "money"], "'money'"),
        (["--score", "charm", "--m", "5"], "'charm' is unknown"),
    ],
)
def test_mistakes_are_one_line_and_found_before_the_data_is_touched(flags, told, capsys, monkeypatch):
    monkeypatch.setattr("ddcore.commands.certificate.load_dataset", lambda *_, **__: pytest.fail("loaded"))
    assert main(["certificate", "--dataset", "digits", *flags]) == 2
    output = capsys.readouterr()
    assert told in output.err and len(output.err.splitlines()) == 1 and output.out == ""
