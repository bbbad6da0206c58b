"""Watch: every state a run can be in, two runs, wrong addresses, and requests to the worker."""

import subprocess
import sys
from pathlib import Path

import pytest
from made_runs import STEPS, TESTED, accuracy, made_run, write_events
from streamlit.testing.v1 import AppTest

from ddcore.files import write_json
from pages.parts.watch.run_choice import _meant

ROOT = Path(__file__).resolve().parents[2]
WORKER_HEAVY = ("torch", "torchvision", "sklearn", "umap")


def watch(**query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "pages" / "frame.py")).run(timeout=30)
    app.switch_page("watch.py")
    for name, value in query.items():
        app.query_params[name] = value
    return checked(app.run(timeout=30))


def checked(app: AppTest) -> AppTest:
    assert not app.exception, app.exception
    return app


def labels(app: AppTest) -> list[str]:
    """Of what can be done with a run as it is; a finished one can be repeated besides."""
    return [button.label for button in app.button if button.key != "repeat"]


def texts(app: AppTest) -> str:
    blocks = [*app.markdown, *app.caption, *app.info, *app.error, *app.warning, *app.code]
    return "\n".join([*(str(block.value) for block in blocks), *(block.proto.help for block in app.caption)])


def test_without_runs_the_example_is_there():
    app = watch()
    assert "recorded example" in texts(app)
    assert "finished" in texts(app)
    assert labels(app) == []


def test_without_runs_and_example_it_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr("pages.parts.watch.run_choice.EXAMPLES", tmp_path / "none")
    app = watch()
    assert "Distill page" in app.info[0].value
    assert not app.selectbox


LIVE = {
    "queued": (["Stop"], "waiting in line"),
    "starting": (["Stop"], "starting"),
    "running": (["Pause", "Stop"], "running"),
    "paused": (["Resume", "One step", "Stop"], "paused"),
    "stopping": ([], "stopping"),
}


@pytest.mark.parametrize("state", LIVE)
def test_live_states_offer_what_makes_sense(state, worker):
    run = made_run("one", state, pid=worker, step=20, tested=False, status={"note": "waiting for cuda:0: 1 job ahead"})
    app = watch(run=run.id)
    buttons, word = LIVE[state]
    assert labels(app) == buttons
    assert word in texts(app)
    assert f"step 20 of {STEPS}" in app.get("progress")[0].proto.text
    assert "not responding" not in texts(app)


@pytest.mark.parametrize(
    ("state", "told"), [("stopped", "Stopped at step 20"), ("failed", "the disk is full"), ("lost", "process is gone")]
)
def test_ended_early_can_be_resumed(state, told):
    run = made_run("one", state, step=20, tested=False, status={"error": "OSError: the disk is full"})
    (run.path / "log.txt").write_text("Traceback: the last line\n")
    app = watch(run=run.id)
    assert labels(app) == ["Resume"]
    assert told in texts(app)
    assert ("Traceback" in texts(app)) == (state == "failed")


def test_a_run_whose_process_is_gone_is_lost_not_running():
    app = watch(run=made_run("one", "running", pid=None).id)
    assert ":red-badge[? lost]" in texts(app)


def test_finished_shows_all_four_accuracies_and_its_protocol():
    app = watch(run=made_run("one", "finished").id)
    assert labels(app) == []
    spec = app.get("plotly_chart")[0].proto.spec
    for label in ("random images (n = 3)", "start (n = 3)", "distilled (n = 3)", "full data (n = 1)"):
        assert label in spec
    assert "not distinguishable" not in texts(app)
    assert "**17.0 points better**" in texts(app)
    assert "quick: 300 epochs" in texts(app)


def test_runs_of_other_seeds_show_the_spread_over_sets_beside_the_one_over_students():
    def finished(name, seed, mean, std=0.02, **settings):
        result = {"accuracy": {"mean": mean, "std": std, "repeats": 3}}
        return made_run(name, "finished", seed=seed, status={"result": result}, **settings)

    one = finished("one", 0, 0.90)
    finished("two", 0, 0.10)  # the same seed again
    finished("three", 1, 0.10, ipc=2)
    made_run("four", "stopped", seed=2)
    assert "over sets" not in texts(watch(run=one.id))
    finished("five", 3, 0.94)
    told = texts(watch(run=one.id))
    assert "Over 2 sets (seeds 0, 3" in told and "92.0 %" in told
    assert "± 2.8 over sets" in told and "± 2.0 over students of one set" in told


def test_a_test_half_done_shows_what_there_is(worker):
    status = {"phase": "evaluating", "progress": {"done": 1, "total": 3, "note": "student 2 of 3"}}
    run = made_run("one", "running", pid=worker, tested=False, status=status)
    write_events(run, [accuracy(20, 0.9), *TESTED[:1]])
    app = watch(run=run.id)
    assert "Not measured yet: random real images" in texts(app)
    assert "student 2 of 3" in app.get("progress")[0].proto.text


def test_before_the_data_is_ready_it_says_so(worker):
    run = made_run("one", "running", pid=worker, step=0, prepared=False, status={"phase": "preparing", "total": 0})
    assert "as soon as the data are ready" in texts(watch(run=run.id))
    made_run("two", "failed", step=0, prepared=False, status={"error": "No dataset 'x'.", "total": 0})
    told = texts(watch(run="two"))
    assert "The run ended before there were images to show." in told and "as soon as" not in told
    assert "One of the runs ended before there were images" in texts(watch(run="two", beside="one"))


def test_a_worker_that_has_not_said_what_it_does_is_starting(worker):
    run = made_run(
        "one", "running", pid=worker, step=0, prepared=False, status={"phase": None, "total": 0}, device="auto"
    )
    app = watch(run=run.id)
    assert "starting]" in texts(app) and "on auto" not in texts(app)
    assert app.get("progress")[0].proto.text == "starting"


def test_an_empty_log_is_a_line_not_a_box():
    made_run("one", "finished")
    app = watch(run="one")
    app.toggle(key="log-one").set_value(True)
    checked(app.run(timeout=30))
    assert "The log is empty" in texts(app)
    assert not app.code


def test_a_silent_worker_is_told(worker):
    run = made_run("one", "running", pid=worker, step=20, status={"heartbeat": 1.0})
    assert "Not responding" in texts(watch(run=run.id))


def test_an_unknown_run_is_told_with_the_list():
    made_run("one", "finished")
    app = watch(run="../../etc/passwd")
    assert "There is no run “../../etc/passwd”" in app.error[0].value
    assert app.selectbox(key="watch-run").value is None
    assert len(app.selectbox(key="watch-run").options) == 2  # it and the example


def test_an_unknown_second_run_leaves_the_first_one_shown():
    made_run("one", "finished")
    app = watch(run="one", beside="two")
    assert "There is no run “two”" in app.warning[0].value
    assert "finished" in texts(app)


def test_buttons_ask_the_worker(worker):
    run = made_run("one", "running", pid=worker, step=20, tested=False)
    app = watch(run=run.id)
    checked(app.button(key="pause-one").click().run(timeout=30))
    assert run.control()["action"] == "pause"
    assert labels(app) == ["Resume", "Stop"]
    assert "Pausing" in texts(app)
    checked(app.button(key="stop-one").click().run(timeout=30))
    assert run.control()["action"] == "stop"
    assert labels(app) == []
    assert "stopping" in texts(app)


def test_choosing_writes_the_address():
    made_run("one", "finished")
    made_run("two", "finished")
    app = watch()
    assert app.query_params["run"] == "two"
    checked(app.selectbox(key="watch-run").select("one").run(timeout=30))
    assert app.query_params["run"] == "one"
    checked(app.selectbox(key="watch-beside").select("two").run(timeout=30))
    assert app.query_params["beside"] == "two"


def test_a_narrow_list_cuts_no_id():
    """A closed list has one line: what tells runs apart comes before everything that may be long."""
    made_run("20260101-000000-digits-dm-ipc1-aaaa", "finished")
    made_run("20260101-000000-digits-dm-ipc1-bbbb", "stopped")
    options = watch().selectbox(key="watch-run").options
    assert {"✔ aaaa", "◼ stopped · bbbb"} <= {option.partition(" · DM")[0] for option in options}


def test_a_choice_whose_state_has_changed_since_is_still_understood():
    words = {"nothing": "Nothing", "one": "one · digits · 23:17", "two": "two · digits · 23:17"}
    assert _meant("▶ running · two · digits · 23:17", words) == "two"
    assert _meant("▶ running · gone · digits · 23:17", words) is None
    assert _meant(None, words) is None


def test_two_runs_on_one_cursor_are_compared_in_words():
    made_run("one", "finished", importance="loss")
    made_run("two", "finished", importance="uniform")
    app = watch(run="one", beside="two")
    assert "**Not distinguishable**: 92.0 % (n = 3) for A" in texts(app)
    assert "A − B = +0.0" in texts(app)
    assert "| Real batches are drawn by | Relative loss | Uniform |" in texts(app)
    assert len(app.get("plotly_chart")) == 2
    parts = ["player" in part.proto.component_name for part in app.get("bidi_component")]
    assert parts.count(True) == 3, "images, controls and charts of one player"


def test_runs_of_different_data_are_not_compared():
    made_run("one", "finished")
    other = made_run("two", "finished")
    config = other.config()
    write_json(other.path / "config.json", config | {"dataset": config["dataset"] | {"hash": "1" * 16}})
    assert "different data" in texts(watch(run="one", beside="two"))


def test_a_run_that_has_not_begun_is_not_said_to_be_of_different_data(worker):
    made_run("one", "finished", importance="loss")
    made_run("two", "starting", pid=worker, prepared=False)
    told = texts(watch(run="one", beside="two"))
    assert "once both runs have had their final test" in told and "cannot be compared" not in told


def test_data_log_and_settings_are_shown_on_request():
    run = made_run("one", "finished")
    (run.path / "log.txt").write_text("a line of the log\n")
    app = watch(run="one")
    for name in ("data", "log", "settings"):
        app.toggle(key=f"{name}-one").set_value(True)
    checked(app.run(timeout=30))
    table = app.dataframe[0].value
    assert list(table["step"]) == list(range(STEPS + 1))
    assert table["accuracy mean"].iloc[-1] == 0.92
    assert "a line of the log" in texts(app)
    assert not app.json, "settings are words"
    rows = [line for line in texts(app).splitlines() if line.startswith("|")]
    assert any("Images per class" in row and "| 1 |" in row for row in rows)
    (width,) = [row for row in rows if "Network width" in row]
    assert "**32**" in width, "it is not the default"
    (start,) = [row for row in rows if "start from" in row]
    assert "oreset" in start and "**" not in start, "it is the distiller's own"


def test_a_live_run_is_told_on_the_other_pages(worker):
    made_run("one", "running", pid=worker, step=20)
    app = AppTest.from_file(str(ROOT / "pages" / "frame.py")).run(timeout=30)
    (link,) = [link.proto for link in app.get("page_link") if "running" in link.proto.label]
    assert link.query_string == "run=one"
    assert f"step 20 of {STEPS}" in link.label


def test_the_server_never_imports_what_workers_need():
    code = (
        "import sys; from pathlib import Path; from streamlit.testing.v1 import AppTest;"
        "app = AppTest.from_file(str(Path('pages/frame.py').resolve())).run(timeout=30);"
        "app.switch_page('watch.py').run(timeout=30); assert not app.exception;"
        f"print(sorted(set({WORKER_HEAVY!r}) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_selection_is_shown_as_one(open_page):
    run = made_run("chosen", "finished", step=1, distiller="select", init="herding")
    app = open_page("watch.py", run=run.id)
    assert not app.exception
    told = "\n".join(str(element.value) for kind in (app.markdown, app.caption) for element in kind)
    assert "Real images chosen by herding** stand for **digits**" in told and "nothing is distilled" in told
    assert "The selected images" in told and "The distilled images" not in told
    assert "Not measured yet" not in told
    made_run("other", "finished", step=1, distiller="select", init="random")
    beside = open_page("watch.py", run=run.id, beside="other")
    told = [caption.value for caption in beside.caption]
    assert any("include the choice of images" in caption for caption in told)
