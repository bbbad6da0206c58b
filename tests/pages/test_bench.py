"""The Bench page in every state: before a dataset is there, recorded, offered, at work, failed, finished."""

import json
import subprocess
import sys
import time

import numpy as np
import pytest
import streamlit as st
import toy

from ddcore.bench.figures import MARKS
from ddcore.bench.results import BenchResult, read_result, result_path, write_result
from ddcore.bench.settings import COSTS, SCHEMES, BenchSettings, goes_by, usual_sizes
from ddcore.bench.study import study
from ddcore.features import FEATURES
from ddcore.files import write_json
from ddcore.runs.folder import create_job, job_folder
from pages.parts.bench.curves import caption, details
from pages.parts.bench.query import tile_caption
from pages.parts.bench.settings import features_in_words
from pages.parts.bench.verdict import left_out
from pages.parts.routes import EXAMPLES

ROOT = EXAMPLES.parent


@pytest.fixture
def bench(open_page):
    def opened(**query):
        st.cache_resource.clear()  # what another test had measured
        page = open_page("bench.py", **query)
        assert not page.exception
        return page

    return opened


def words(page) -> str:
    shown = [item.value for item in [*page.markdown, *page.caption, *page.subheader, *page.error, *page.info]]
    return "\n".join([*shown, *(item.proto.help for item in page.caption)])


def curve(page) -> dict[str, list[float]]:
    (chart,) = page.get("plotly_chart")
    return {trace["name"]: trace for trace in json.loads(chart.proto.spec)["data"] if trace.get("name")}


def job_of(dataset, settings) -> dict:
    return {"dataset": dataset.hash} | settings.named()


def at_work(settings: dict, **status) -> None:
    run, _ = create_job("bench", settings)
    write_json(run.path / "status.json", run.status() | {"state": "running", "updated": time.time()} | status)


def ask_for(page, **values):
    for name, value in values.items():
        page.number_input(key=f"bench_{name}").set_value(value)
    return page.run()


@pytest.mark.parametrize("cost", COSTS)
def test_what_is_recorded_is_what_the_page_begins_with(digits, cost):
    """A recorded study that no longer fits its settings or dataset would be measured anew on the first visit."""
    known = read_result(EXAMPLES / f"bench-digits-{cost}.npz")
    smallest, largest = usual_sizes(len(digits.train))
    assert known.about["hash"] == digits.hash
    assert known.settings.named() == BenchSettings(cost=cost, smallest=smallest, largest=largest).named()


def test_recorded_numbers_are_those_of_this_code(digits):
    """Of ridge, whose study takes seconds; leads to `python -m examples.record_bench` where scores have changed."""
    known = read_result(EXAMPLES / "bench-digits-ridge.npz")
    part = BenchSettings(**known.settings.named() | {"largest": 100, "sizes": 1})
    found = study(digits, part)
    for name in set(SCHEMES) - {"representative"}:  # which depends on the largest size
        # Another processor's rounding may draw another image here and there.
        np.testing.assert_allclose(np.median(found.of(name)[0]), np.median(known.of(name)[0]), rtol=0.03)


def test_digits_are_there_at_once(digits, bench):
    page = bench()
    assert "On digits, sensitivity sampling" in words(page) and "95 % interval" in words(page)
    assert "Meanwhile" not in words(page) and not [b for b in page.button if b.key == "bench_measure"]
    assert set(SCHEMES) < set(curve(page))
    assert "all 1,438 training images" in words(page) and "10 draws" in words(page)
    assert not job_folder("bench", job_of(digits, BenchSettings())).path.exists()


def test_every_scheme_is_compared_and_the_rule_is_stated(digits, bench):
    told = words(bench())
    for name in SCHEMES[1:]:
        assert f"{MARKS[name][1]}</span>\u00a0{name} | " in told
    assert "not distinguishable" in told and "Welch" in told and "1 in 20 comparisons" in told
    assert "corrected for the number of sizes" in told and "for the number of schemes" in told
    assert "not its own clustering" in told and "error of 0" not in told


def test_kmeans_never_claims_to_be_exact(digits, bench):
    page = bench()
    page.selectbox(key="bench_cost").select("kmeans").run()
    told = words(page)
    assert "The worst query found" in told and "the true worst may be larger" in told
    assert "ε is exact" not in told and "A typical draw" not in told
    assert "k = 10" in told


def test_ridge_says_from_which_size_there_is_a_guarantee(digits, bench):
    told = words(bench())
    assert "exact" in told and "no lower guarantee" in told
    assert "A typical draw (median ε below 1)" in told
    assert "*Representative* has the smallest errors" in told


def test_lines_can_be_left_out_but_not_all(digits, bench):
    page = bench()
    page.button_group(key="bench_lines").set_value(["leverage"]).run()
    assert set(curve(page)) == {"leverage", "1/√m"}
    page.button_group(key="bench_lines").set_value([]).run()
    assert set(curve(page)) == {"uniform", "1/√m"}


def test_the_worst_query_of_another_scheme_and_size(digits, bench):
    page = bench()
    assert "The worst of 10 draws of 100 images by uniform" in words(page)
    page.selectbox(key="bench_query_scheme").select("representative").run()
    known = read_result(EXAMPLES / "bench-digits-ridge.npz")
    page.selectbox(key=f"bench_query_size_{'-'.join(map(str, known.sizes))}").select(5).run()
    error = known.of("representative")[5].max()
    assert f"The coreset of 1,000 images by representative, ε = {error:.3g}" in words(page)


def test_other_settings_are_offered_and_the_recorded_study_stays_in_sight(digits, bench, monkeypatch):
    page = ask_for(bench(), draws=5)
    assert "156 coresets (6 sizes from 100 to 1,000)" in words(page)
    assert "all 1,438 training images" in words(page)
    assert "Meanwhile, a recorded study of digits" in words(page) and set(SCHEMES) < set(curve(page))
    monkeypatch.setattr("pages.parts.job_view.ensure_job", pretended_start)
    page.button(key="bench_measure").click().run()
    assert "Measuring coresets of digits** · measuring coresets" in words(page)
    assert not [button for button in page.button if button.key == "bench_measure"]


def pretended_start(kind, settings, queue=None):
    at_work(settings, progress={"done": 3, "total": 156, "note": "measuring coresets"})
    return job_folder(kind, settings)


def test_a_study_at_work_can_be_stopped(digits, bench):
    at_work(job_of(digits, BenchSettings(draws=4)), progress={"done": 50, "total": 126, "note": "measuring coresets"})
    page = ask_for(bench(), draws=4)
    assert "measuring coresets" in words(page) and "Stop" in [button.label for button in page.button]
    assert "Meanwhile" in words(page)


def test_a_failed_study_says_why_and_can_be_tried_again(digits, bench):
    at_work(job_of(digits, BenchSettings(draws=3)), state="failed", error="No space left on device.")
    page = ask_for(bench(), draws=3)
    assert "Measuring coresets of digits: failed. No space left on device." in page.error[0].value
    assert "Try again" in [button.label for button in page.button]
    assert "Meanwhile" in words(page)


def test_a_finished_study_is_shown_instead(digits, bench):
    settings = BenchSettings(smallest=20, largest=40, sizes=2, draws=2)
    write_result(result_path(digits.hash, settings), study(digits, settings))
    page = bench()
    page.number_input(key=f"bench_smallest{digits.hash}").set_value(20)
    page.number_input(key=f"bench_largest{digits.hash}").set_value(40)
    ask_for(page, sizes=2, draws=2)
    assert "Meanwhile" not in words(page) and "2 sizes, 2 draws each" in words(page)
    layout = json.loads(page.get("plotly_chart")[0].proto.spec)["layout"]
    assert layout["xaxis"]["ticktext"] == ["20", "40"]


def test_a_damaged_result_is_as_good_as_none(digits, bench):
    path = result_path(digits.hash, BenchSettings(draws=6))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"not a result")
    page = ask_for(bench(), draws=6)
    assert not page.error and not page.exception and not path.exists()
    assert page.button(key="bench_measure") and "Meanwhile" in words(page)


def test_sizes_that_do_not_fit_are_told(digits, bench):
    page = bench()
    page.number_input(key=f"bench_smallest{digits.hash}").set_value(2000).run()
    assert "largest=1000 is not allowed; choose at least smallest=2000." in page.error[0].value
    assert "Meanwhile" in words(page)


def test_a_dataset_that_is_not_here_leaves_the_recorded_study(digits, bench):
    page = bench(dataset="mnist")
    assert "not on this computer yet" in words(page) and "Meanwhile, a recorded study of digits" in words(page)


def test_one_draw_claims_nothing(open_page):
    result = study(toy.dataset(), BenchSettings(num_features=10, smallest=5, largest=10, sizes=2, draws=1))
    assert "one draw, so no band" in caption(result)


def test_captions_name_the_part_of_a_large_set():
    about = {"dataset": "big", "count": 20000, "total": 60000, "classes": ["a"], "hash": "0", "seconds": 1.0}
    result = BenchResult(BenchSettings(seed=7), about, *[np.zeros(1)] * 5)
    assert "20,000 of 60,000 (drawn once, seed 7)" in caption(result)
    assert "far below 1" in details(result, one=False)


@pytest.mark.parametrize("features", FEATURES)
def test_captions_have_words_for_all_features(features):
    about = {"dataset": "big", "count": 9, "total": 9, "classes": ["a"], "hash": "0", "seconds": 1.0}
    result = BenchResult(BenchSettings(features=features), about, *[np.zeros(1)] * 5)
    told = details(result, one=False)
    assert f"of the labels on {FEATURES[features][1]}" in told
    assert ("200 requested" in told) == (features not in ("pixels", "kernel"))
    assert ("bandwidth the median distance" in told) == (features in ("rff", "nystroem", "kernel"))


@pytest.mark.parametrize(
    ("count", "told"),
    [
        (4096, "the Gaussian kernel (exact, bandwidth 2.5)"),
        (4097, "the Gaussian kernel (at 300 landmarks drawn by ridge leverage, bandwidth 2.5)"),
    ],
)
def test_a_kernel_that_does_not_fit_is_not_called_exact(count, told):
    assert features_in_words(BenchSettings(features="kernel", num_features=300, bandwidth=2.5), count) == told


@pytest.mark.parametrize(
    ("features", "asked"),
    [("rff", (True, True)), ("pixels", (False, False)), ("pca", (True, False)), ("kernel", (False, True))],
)
def test_settings_ask_only_what_the_features_depend_on(digits, bench, features, asked):
    page = bench()
    page.selectbox(key="bench_features").select(features).run()
    keys = {item.key for item in page.number_input}
    assert tuple(f"bench_{name}" in keys for name in ("num_features", "bandwidth")) == asked
    page.selectbox(key="bench_cost").select("kmeans").run()
    keys = {item.key for item in page.number_input}
    assert not {"bench_num_features", "bench_bandwidth", "bench_ridge"} & keys and "bench_k" in keys


def test_the_share_of_mixture_is_told(digits, bench):
    assert "**mixture**: 50 % of the draws uniform, 50 % by sensitivity" in words(bench())
    settings = BenchSettings(mixture=0.2, smallest=5, largest=10, sizes=2, draws=2)
    assert "20 % of the draws uniform, 80 %" in goes_by("mixture", settings)


def test_a_bandwidth_that_is_no_bandwidth_is_told(digits, bench):
    page = ask_for(bench(), bandwidth=1e-9)
    assert "bandwidth=1e-09 is not allowed" in page.error[0].value and "Meanwhile" in words(page)


def test_sizes_with_no_error_are_named():
    result = study(toy.dataset(per_class=4), BenchSettings(smallest=6, largest=12, sizes=2, draws=2))
    assert left_out(result).startswith(" Left out, as an error of 0 has no ratio")
    assert left_out(result).endswith(": *representative* at m = 12.")


@pytest.mark.parametrize(
    ("shares", "label", "told"),
    [((0.031, 0.0), 0, "3.1 → 0 %\nboot"), ((0.5, 1.25), -1, "50 → 125 %"), ((0.0012, 0.0999), -1, "0.12 → 10 %")],
)
def test_tile_captions(shares, label, told):
    assert tile_caption(np.array(shares), label, ["boot"]) == told


def test_the_page_asks_nothing_of_torch(digits):
    """Nor does what it imports; a fresh process, since tests import everything."""
    code = (
        "from streamlit.testing.v1 import AppTest\nimport sys\n"
        f"app = AppTest.from_file({str(ROOT / 'pages' / 'frame.py')!r}, default_timeout=60)\n"
        "app.switch_page('bench.py').run()\nassert not app.exception, app.exception\n"
        "print(sorted({'torch', 'torchvision', 'umap', 'sklearn', 'numba'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1] == "[]", done.stderr
