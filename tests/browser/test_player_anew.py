"""A film's player that Streamlit takes away and makes anew while controls and charts keep their places."""

import pytest
from playwright.sync_api import expect

from pages.parts.browser.component import bundle
from pages.parts.browser.player import Track, _described

LAST = 40
BEGIN = """async ([code, data]) => {
  const { default: show } = await import(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
  const place = (name) => document.querySelector(`.st-key-film-${name}`);
  const told = (window.told = []);
  const setStateValue = (name, { value }) => told.push([name, value]);
  const given = (parentElement, data) => ({ data, parentElement, setStateValue });
  window.placed = (part) => show(given(place(part), { part, film: data.film }));
  placed("controls");
  placed("charts");
  window.make = () => {
    const host = document.createElement("div");
    place("sheets").append(host);
    const end = show(given(host.attachShadow({ mode: "open" }), data));
    return () => { end(); host.remove(); };
  };
}"""
PARTS = "".join(f'<div class="st-key-film-{part}"></div>' for part in ("sheets", "map", "controls", "charts"))


@pytest.fixture
def made(chromium):
    """A page on which `make()` makes the player; it gives the function that ends it. `told` is what was reported."""
    page = chromium.new_page()
    page.set_content(f'<main style="width: 900px"><div class="st-key-film" style="width: 900px">{PARTS}</div></main>')
    steps = list(range(0, LAST + 1, 10))
    one = Track(
        run="one", title="one", frames="/none/", steps=steps, tile=(8, 8), rows=2, columns=1, class_names=["0", "1"],
        loss=(steps, [1.0] * 5), accuracy=(steps, [0.5] * 5, [0.0] * 5), random=None, full=None,
        repeats=1, live=False,
    )  # fmt: skip
    values = {"cursor": None, "picked": None, "difference": False}
    agreed = {name: {"value": value, "serial": None, "order": None} for name, value in values.items()}
    data = {
        "tracks": [_described(one)], "totalSteps": LAST, "agreed": agreed, "autoplay": False, "seconds": 1.0,
        "height": None, "parting": None, "film": "film", "comparable": False,
    }  # fmt: skip
    page.evaluate(BEGIN, [bundle("player"), data])
    yield page
    page.close()


def test_it_goes_on_where_the_reader_was_and_leaves_no_parts_behind(made):
    where = made.locator(".where")
    made.evaluate("() => { window.end = make(); }")
    expect(where).to_have_text([f"step {LAST} of {LAST}"])
    made.evaluate(
        """() => {
          const { shadowRoot } = document.querySelector(".st-key-film-sheets div");
          shadowRoot.querySelector(".player").dispatchEvent(new KeyboardEvent("keydown", { key: "Home" }));
          end(); // before the step is reported
          window.end = make();
        }"""
    )
    expect(where).to_have_text([f"step 0 of {LAST}"])
    for part, within in (("controls", ".controls"), ("charts", ".charts"), ("sheets", ".player")):
        expect(made.locator(f".st-key-film-{part} {within}")).to_have_count(1)
    made.wait_for_function("() => told.some(([name, step]) => name === 'cursor' && step === 0)")


def test_one_that_comes_before_the_other_is_gone_keeps_its_parts(made):
    made.evaluate("() => { const end = make(); make(); end(); }")
    made.locator(".player").press("Home")
    expect(made.locator(".where")).to_have_text([f"step 0 of {LAST}"])
    made.evaluate(
        """() => {
          const column = document.querySelector(".st-key-film-charts");
          column.replaceWith(Object.assign(document.createElement("div"), { className: column.className }));
          placed("charts"); // their place is made anew, too: the player must still have them to put there
        }"""
    )
    expect(made.locator(".st-key-film-charts .charts")).to_have_count(1)
