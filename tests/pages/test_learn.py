"""Learn: every lesson opens from its address with seed, controls and what is hidden, and says what it cannot read."""

import json
import re
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pytest

from ddcore.data.loading import load_dataset
from ddcore.importance.scoring import importance_of
from pages.parts.browser.component import bundle
from pages.parts.browser.learn import LessonState
from pages.parts.learn.lessons import LESSONS
from pages.parts.spelling import MOST_LISTED

RESERVED = {"lesson", "seed", "hide", "moved", "token"}
SENSITIVITY, PREDICT = LESSONS["sensitivity"], LESSONS["predict"]
AT = "20_123_0.5_0.25_0.125_0.75_-0.1_1"  # three points of a distiller after 20 steps
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def learn(open_page):
    """`learn(lesson="coreset")`: the page, which raised nothing."""

    def opened(**query):
        page = open_page("learn.py", **query)
        assert not page.exception
        return page

    return opened


def component(page, key: str) -> dict:
    (found,) = [one for one in page.get("bidi_component") if one.key == key]
    return json.loads(found.proto.json)


@pytest.mark.parametrize("name", LESSONS)
def test_every_lesson_opens_at_its_defaults(learn, name):
    page = learn(lesson=name)
    data = component(page, "lesson")
    assert not page.warning
    assert (data["lesson"]["name"], data["lesson"]["question"]) == (name, LESSONS[name].question)
    assert data["values"] == {control.name: control.default for control in LESSONS[name].controls}
    assert (data["seed"], data["moved"], data["hidden"]) == (0, {}, [])
    first = next(iter(LESSONS))
    assert page.query_params == ({} if name == first else {"lesson": name})


@pytest.mark.parametrize("lesson", LESSONS.values(), ids=list(LESSONS))
def test_a_lesson_is_sound(lesson):
    names = [*(control.name for control in lesson.controls), *lesson.actions]
    names += [lesson.progress.name] if lesson.progress else []
    assert len(set(names)) == len(names) and not RESERVED & set(names)
    assert lesson.shown, "something can be moved"
    assert lesson.movable({control.name: control.default for control in lesson.controls}) >= 0
    for control in lesson.controls:
        assert control.default in control.values
        assert len(control.words) in (0, len(control.values))
        assert control.words or list(control.values) == sorted(control.values)
        if control.when:
            (other,) = [one for one in lesson.controls if one.name == control.when[0]]
            assert control.when[1] in other.values
    assert 0 <= lesson.check.right < len(lesson.check.answers) and len(lesson.check.answers) > 1


def test_the_check_on_rare_points_is_true_wherever_the_sliders_are():
    """It names its own situation, in the numbers that the picture shows for it."""
    check = LESSONS["rare"].check
    asked = re.search(r"(\d+) of 1,000 points .* (\d+) uniform draws .* ([\d.]+) % .* (\d+) draws", check.question)
    rare, few, missed, many = map(float, asked.groups())
    right = float(re.match(r"([\d.]+) %", check.answers[check.right])[1])
    assert [missed, right] == [round(100 * (1 - rare / 1000) ** draws, 1) for draws in (few, many)]


def test_the_browser_draws_the_lessons_that_there_are():
    drawn = re.search(r"^const LESSONS = \{ (.*) \};$", bundle("learn"), re.MULTILINE)[1]
    assert set(drawn.split(", ")) == set(LESSONS)


def test_an_address_fixes_seed_controls_moved_points_and_what_shows(learn):
    page = learn(
        lesson="sensitivity", score="ridge", ridge="10", temperature="0.5", seed="7", moved="3:0.25:0.5",
        hide="k,temperature",
    )  # fmt: skip
    data = component(page, "lesson")
    assert data["values"] == {"score": "ridge", "k": 3, "ridge": 10.0, "temperature": 0.5}
    assert (data["seed"], data["moved"], data["hidden"]) == (7, {"3": [0.25, 0.5]}, ["k", "temperature"])
    assert not page.warning


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("lesson", "alchemy"),
        ("k", "99"),
        ("k", "two"),
        ("temperature", "0.55"),
        ("score", "banana"),
        ("seed", "-1"),
        ("moved", "3:2:0.5"),
        ("moved", "3"),
        ("moved", "45:0.5:0.5"),
        ("hide", "sliders"),
    ],
)
def test_what_an_address_cannot_ask_for_is_told_and_the_rest_used(learn, name, text):
    page = learn(**({"lesson": "sensitivity", "ridge": "3"} | {name: text}))
    (warning,) = [one.value for one in page.warning]
    assert f"asks for {name} " in warning
    if name != "lesson":
        assert component(page, "lesson")["values"]["ridge"] == 3.0


def test_of_a_list_to_hide_what_is_known_is_hidden_and_the_rest_told(learn):
    page = learn(lesson="sensitivity", hide="foo,k,bar")
    (warning,) = [one.value for one in page.warning]
    assert "asks for hide “foo,bar”" in warning and component(page, "lesson")["hidden"] == ["k"]
    assert page.query_params["hide"] == "k"


@pytest.mark.parametrize(
    "asked",
    [
        {"lesson": "coreset", "k": "2", "moved": "2:0.5:0.5"},
        {"lesson": "distiller", "ipc": "1", "moved": "3:0.5:0.5"},
        {"lesson": "distiller", "ipc": "2", "at": AT},
        {"lesson": "distiller", "ipc": "1", "at": "20"},
        {"lesson": "predict", "chosen": "012"},
        {"lesson": "predict", "chosen": "0123456-12r"},
        {"lesson": "predict", "chosen": "0123456701"},
    ],
)
def test_points_and_progress_that_do_not_fit_the_lesson_are_told(learn, asked):
    page = learn(**asked)
    (warning,) = [one.value for one in page.warning]
    assert f"asks for {list(asked)[-1]} " in warning
    data = component(page, "lesson")
    assert (data["moved"], data["progress"]) == ({}, "")
    assert list(asked)[-1] not in page.query_params


@pytest.mark.parametrize(
    ("lesson", "name", "text"),
    [
        ("rare", "moved", "1:0.5:0.5"),
        ("distillation", "seed", "5"),
        ("distillation", "moved", "1:0.5:0.5"),
        ("sensitivity", "chosen", "0123456012"),
    ],
)
def test_what_a_lesson_does_not_have_is_told(learn, lesson, name, text):
    page = learn(lesson=lesson, **{name: text})
    assert f"“{name}”" in page.warning[0].value
    data = component(page, "lesson")
    assert (data["seed"], data["moved"], data["progress"]) == (0, {}, "")


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ({"lesson": "predict", "chosen": "30--------"}, "chosen"),
        ({"lesson": "predict", "chosen": "0123456012r", "seed": "2"}, "chosen"),
        ({"lesson": "distiller", "ipc": "1", "at": AT, "moved": "2:0.250:0.500"}, "at"),
    ],
)
def test_an_address_holds_what_was_done(learn, asked, name):
    page = learn(**asked)
    assert not page.warning
    assert component(page, "lesson")["progress"] == asked[name]
    assert page.query_params == asked


def test_images_of_a_lesson_are_fetched_not_sent_with_every_run(learn):
    for name in ("distillation", "predict"):
        sent = component(learn(lesson=name), "lesson")
        assert sent["lesson"]["address"] and len(json.dumps(sent)) < 10_000


def test_an_unknown_lesson_leaves_the_first_and_names_those_there_are(learn):
    page = learn(lesson="alchemy")
    assert component(page, "lesson")["lesson"]["name"] == next(iter(LESSONS))
    assert all(name in page.warning[0].value for name in list(LESSONS)[:MOST_LISTED])


def test_the_name_of_another_lessons_control_is_told(learn):
    page = learn(lesson="sensitivity", m="40")
    assert "“m”" in page.warning[0].value


def test_a_lesson_chosen_on_the_page_is_in_the_address_and_others_keep_their_state(learn):
    page = learn(lesson="sensitivity", k="5")
    page.button_group(key="learn_lesson").set_value("coreset").run()
    assert component(page, "lesson")["lesson"]["name"] == "coreset"
    assert page.query_params == ({} if next(iter(LESSONS)) == "coreset" else {"lesson": "coreset"})
    page.button_group(key="learn_lesson").set_value("sensitivity").run()
    assert component(page, "lesson")["values"]["k"] == 5
    assert page.query_params["k"] == "5"


def test_a_link_for_a_class_hides_what_is_not_ticked(learn):
    page = learn(lesson="sensitivity", k="5", hide="ridge")
    key = "copy-link-for-your-class"
    assert component(page, key)["extra"] == {"lesson": "sensitivity", "hide": "ridge"}
    page.checkbox(key="class-sees sensitivity temperature").uncheck().run()
    assert component(page, key)["extra"] == {"lesson": "sensitivity", "hide": "ridge,temperature"}
    assert component(page, "lesson")["hidden"] == ["ridge"], "the teacher still sees it"
    page.checkbox(key="class-sees sensitivity ridge").check().run()
    page.checkbox(key="class-sees sensitivity temperature").check().run()
    assert component(page, key)["extra"]["hide"] == "none"
    again = learn(lesson="sensitivity", hide="none")
    assert not again.warning and component(again, "lesson")["hidden"] == []


def state() -> LessonState:
    return LessonState.of(SENSITIVITY)


TOLD = {
    "lesson": "sensitivity", "order": 0, "seed": 4, "moved": {"2": [0.1, 0.9]},
    "values": {"score": "kmeans", "k": 5, "ridge": 1, "temperature": 2}, "progress": "", "answer": 1,
}  # fmt: skip


def test_what_the_browser_tells_is_taken_over():
    here = state()
    here.take(SENSITIVITY, TOLD)
    values = {"score": "kmeans", "k": 5, "ridge": 1, "temperature": 2}
    assert here == LessonState(values, 4, {2: (0.1, 0.9)}, answer=1)
    choosing = LessonState.of(PREDICT)
    told = {"lesson": "predict", "values": {}, "moved": {}, "progress": "3---------", "answer": None}
    choosing.take(PREDICT, TOLD | told)
    assert choosing == LessonState({}, 4, progress="3---------")


@pytest.mark.parametrize(
    "change",
    [
        {"lesson": "coreset"},
        {"order": 1},
        {"seed": -1},
        {"seed": None},
        {"values": {"k": 5}},
        {"values": TOLD["values"] | {"k": 99}},
        {"moved": {"2": [0.1, 1.9]}},
        {"moved": {"2": [0.1]}},
        {"moved": None},
        {"moved": {"45": [0.1, 0.9]}},
        {"progress": "3---------"},
        {"answer": 3},
        {"answer": "right"},
    ],
)
def test_what_makes_no_sense_or_comes_too_late_is_not(change):
    here = state()
    here.take(SENSITIVITY, TOLD | change)
    assert here == state()
    here.take(SENSITIVITY, None)
    assert here == state()


LECTURE = re.findall(r"\]\((http://127\.0\.0\.1:8501/[^)]*)\)", (ROOT / "docs" / "lecture.md").read_text())


@pytest.mark.parametrize("link", [link for link in LECTURE if "/learn" in link])
def test_the_links_of_the_lecture_open(learn, link):
    asked = dict(parse_qsl(urlsplit(link).query))
    page = learn(**asked)
    assert not page.warning
    data = component(page, "lesson")
    assert data["lesson"]["name"] == asked["lesson"]
    assert data["hidden"] == (asked["hide"].split(",") if "hide" in asked else [])


@pytest.mark.slow  # a network is trained
def test_the_lecture_shows_three_mislabelled_sevens(own_folders):
    (link,) = [link for link in LECTURE if "/explore" in link]
    asked = dict(parse_qsl(urlsplit(link).query))
    digits, noisy = load_dataset(asked["dataset"]), load_dataset(asked["dataset"], variant=asked["variant"])
    sevens = np.flatnonzero(noisy.train.labels == int(asked["classes"]))
    wrong = np.flatnonzero(digits.train.labels[sevens] != 7)
    assert sorted(digits.train.labels[sevens[wrong]]) == [6, 6, 9]
    scores = importance_of(noisy, asked["score"], 0).scores[sevens]
    assert set(np.argsort(-scores)[:3]) == set(wrong)
