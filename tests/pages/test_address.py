"""What a page shows goes into its address, and a new session that opens the address shows the same."""

import json
import random

import pytest

from ddcore.bench.settings import COSTS, SCHEMES
from ddcore.data.slices import delete_slice, slices_of
from pages.parts import address, linked_ids
from pages.parts.spelling import packed


def state_of(page, *keys):
    return {key: page.session_state[key] for key in keys}


def reopened(open_page, name, page):
    again = open_page(name, **page.query_params)
    assert not again.exception and not again.warning
    return again


@pytest.mark.parametrize("seed", range(4))
def test_any_form_of_distill_is_in_its_address(prepared, open_page, seed):
    draw = random.Random(seed)
    page = open_page("distill.py", dataset="digits")
    schema_names = page.selectbox(key="distill_distiller").options
    page.selectbox(key="distill_distiller").select_index(draw.randrange(len(schema_names))).run()
    cards = [button for button in page.button if str(button.key).startswith("preset-")]
    draw.choice(cards).click().run()
    page.number_input(key="distill_ipc").set_value(draw.randint(1, 5)).run()
    page.number_input(key="distill_seed").set_value(draw.randint(0, 99)).run()
    for _ in range(3):
        free = [box for box in page.selectbox if str(box.key).startswith("distill_") and not box.disabled]
        box = draw.choice([box for box in free if box.key != "distill_distiller"])
        box.select_index(draw.randrange(len(box.options))).run()
    assert not page.exception
    again = reopened(open_page, "distill.py", page)
    assert again.query_params == page.query_params
    assert [code.value for code in again.code] == [code.value for code in page.code]
    assert [error.value for error in again.error] == [error.value for error in page.error]


def test_the_address_of_distill_names_only_what_differs(prepared, open_page):
    page = open_page("distill.py", dataset="digits")
    assert set(page.query_params) == {"dataset"}
    page.number_input(key="distill_ipc").set_value(7).run()
    assert set(page.query_params) == {"dataset", "ipc"}
    page.number_input(key="distill_ipc").set_value(1).run()
    assert set(page.query_params) == {"dataset"}


@pytest.mark.parametrize("seed", range(3))
def test_any_study_of_bench_is_in_its_address(prepared, open_page, seed):
    draw = random.Random(seed)
    page = open_page("bench.py", dataset="digits")
    page.selectbox(key="bench_cost").set_value(draw.choice(list(COSTS))).run()
    page.number_input(key="bench_draws").set_value(draw.randint(2, 40)).run()
    page.number_input(key="bench_seed").set_value(draw.randint(1, 99)).run()
    page.selectbox(key="bench_query_scheme").set_value(draw.choice(SCHEMES)).run()
    page.button_group(key="bench_lines").set_value(draw.sample(SCHEMES, 2)).run()
    keys = [box.key for box in [*page.selectbox, *page.number_input] if str(box.key).startswith("bench_")]
    again = reopened(open_page, "bench.py", page)
    assert again.query_params == page.query_params
    assert len(keys) > 5 and state_of(again, *keys, "bench_lines") == state_of(page, *keys, "bench_lines")


def test_the_state_of_explore_is_in_its_address(ready, explore):
    page, hash = explore("digits"), ready.hash
    page.selectbox(key="explore_colour").set_value("brightness").run()
    page.multiselect(key=f"explore_classes_{hash}").set_value([3, 7]).run()
    page.slider(key=f"explore_range_{hash}").set_value((50.0, 99.5)).run()
    inside = page.session_state["selection"]["ids"]
    page.number_input(key=f"explore_number_{hash}").set_value(inside[4]).run()
    assert page.query_params == {
        "dataset": "digits", "colour": "brightness", "classes": "3,7", "range": "50..99.5", "image": str(inside[4]),
    }  # fmt: skip
    again = explore(**page.query_params)
    assert not again.warning
    assert again.session_state["selection"]["ids"] == inside
    assert again.session_state["selection"]["primary"] == inside[4]
    assert again.selectbox(key="explore_colour").value == "brightness"
    assert again.query_params == page.query_params


def test_chosen_images_come_with_a_link(ready, explore):
    page = explore("digits", chosen=packed([5, 900, 17]), image="17")
    found = page.session_state["selection"]
    assert sorted(found["ids"]) == [5, 17, 900] and (found["primary"], found["source"]) == (17, "lasso")
    assert page.query_params["chosen"] == packed([5, 17, 900])


def test_images_too_many_for_an_address_are_linked_as_a_slice(ready, explore, monkeypatch):
    for module in (address, linked_ids):
        monkeypatch.setattr(module, "LONGEST", 60)
    many = sorted(random.Random(0).sample(range(len(ready.train)), 300))
    page = explore("digits", chosen=packed(many))
    assert "chosen" not in page.query_params and "leaves out the chosen images" in note_of_link(page)
    page.button(key="slice-for-link-chosen").click().run()
    (kept,) = slices_of(ready.hash)
    assert page.query_params["chosen"] == f"slice:{kept.name}" and kept.name in note_of_link(page)
    assert "slice-for-link-chosen" not in [button.key for button in page.button]
    again = explore(**page.query_params)
    assert again.session_state["selection"]["chosen"] == many
    delete_slice(kept)
    lost = explore(**page.query_params)
    assert kept.name in lost.warning[0].value and lost.session_state["selection"]["chosen"] is None


def note_of_link(page):
    """What the button that copies the link says beside it."""
    (note,) = (data["note"] for data in map(data_of, page.get("bidi_component")) if "note" in data)
    return note


def data_of(component):
    return json.loads(component.proto.json) if component.proto.json else {}


def test_a_name_that_goes_asks_for_the_default_and_no_name_for_nothing(ready, explore):
    page = explore("digits", classes="3", image="9999")
    assert "image “9999”" in page.warning[0].value
    assert page.query_params == {"dataset": "digits", "classes": "3"}
    assert page.run().warning  # it runs again by itself
    del page.query_params["classes"]
    page.run()
    assert page.session_state[f"explore_classes_{ready.hash}"] == [] and not page.warning
    page.multiselect(key=f"explore_classes_{ready.hash}").set_value([4]).run()
    page.query_params.clear()
    page.run()
    assert page.session_state[f"explore_classes_{ready.hash}"] == [4]
    assert page.query_params["classes"] == "4"


def test_back_takes_what_was_and_an_address_on_its_way_does_not(ready, explore, monkeypatch):
    page, key = explore("digits"), f"explore_classes_{ready.hash}"
    page.multiselect(key=key).set_value([4]).run()
    before = page.query_params
    page.multiselect(key=key).set_value([4, 7]).run()
    show(page, before)  # the browser sent it before it knew the newer one
    assert page.session_state[key] == [4, 7] and page.query_params["classes"] == "4,7"
    monkeypatch.setattr(address, "_went", lambda: True)
    show(page, before)
    assert page.session_state[key] == [4] and page.query_params == before


@pytest.mark.parametrize("sent", [False, True])
def test_a_slow_browser_undoes_nothing_until_it_has_sent_the_newest_address(ready, explore, monkeypatch, sent):
    page, key = explore("digits"), f"explore_classes_{ready.hash}"
    page.multiselect(key=key).set_value([4]).run()
    before = page.query_params
    page.multiselect(key=key).set_value([4, 7]).run()
    if sent:
        page.run()
    passed = address.monotonic() + 5
    monkeypatch.setattr(address, "monotonic", lambda: passed)
    show(page, before)  # a link, if the browser knew the newest
    assert page.session_state[key] == ([4] if sent else [4, 7])
    assert page.query_params["classes"] == ("4" if sent else "4,7")


def test_back_to_the_address_without_a_name_takes_what_the_page_showed_first(ready, explore, monkeypatch):
    page, key = explore("digits"), f"explore_classes_{ready.hash}"
    first = page.query_params
    page.multiselect(key=key).set_value([4]).run()
    monkeypatch.setattr(address, "_went", lambda: True)
    show(page, {})
    assert page.session_state[key] == [] and page.query_params == first
    assert page.session_state["dataset"] == "digits"


def show(page, names):
    """The browser brings an address."""
    page.query_params.clear()
    page.query_params.update(names)
    page.run()


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"colour": "beauty"}, "colour “beauty”"), ({"classes": "3,77"}, "classes “3,77”"),
        ({"range": "9..1"}, "range “9..1”"), ({"chosen": "dabc"}, "chosen “dabc”"), ({"beauty": "1"}, "“beauty”"),
        ({"settings": "k:1"}, "settings “k"), ({"map": "neighbours:1"}, "map “neighbours"),
        ({"run": "none-such"}, "run “none"), ({"data": "00000000"}, "00000000"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_and_the_rest_is_used(ready, explore, asked, told):
    page = explore("digits", image="17", **asked)
    assert len(page.warning) == 1
    assert told in page.warning[0].value.replace("\\", "")
    assert page.session_state["selection"]["primary"] == 17
    assert page.query_params == {"dataset": "digits", "image": "17"}


def test_an_unknown_run_is_told_with_the_way_to_bring_it(prepared, open_page):
    page = open_page("watch.py", run="of-another-computer")
    assert "of-another-computer" in page.error[0].value.replace("\\", "") and "Library" in page.error[0].value
