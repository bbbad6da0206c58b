"""Tasks of a person who has read nothing, from Start, with every click counted and the answer known independently."""

import re
import shutil
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from drawing import lasso, ours, rectangle, saved_ids
from playwright.sync_api import TimeoutError, expect
from test_explore_journey import folders, prepare

from ddcore.experiments.resolving import resolve
from ddcore.importance import SCORES
from ddcore.importance.scoring import importance_of
from ddcore.places import cache_root, data_root, runs_root
from ddcore.runs import worker
from ddcore.runs.folder import create_run

APP = Path(__file__).resolve().parents[2] / "app.py"
SEVEN = 7


class Clicks:
    """Clicks on a page, counted."""

    def __init__(self, page):
        self.page, self.count = page, 0

    def __call__(self, target, **options) -> None:
        target.click(**options)
        self.count += 1

    def choose(self, label: str, option: str) -> None:
        """Choose in a list: one click opens it, one chooses. The page first ends what it draws, which closes lists; one
        that is closed all the same, by what a job has found, is opened once more. An option that the list scrolled from
        under the pointer is clicked once more, too."""
        drawn(self.page)
        opens, chosen = self.page.get_by_role("combobox", name=re.compile(label)), self.page.get_by_role("option")
        chosen = chosen.filter(has_text=re.compile(f"^{re.escape(option)}$"))
        self(opens)
        try:
            chosen.wait_for(timeout=5000)
        except TimeoutError:
            opens.click()
        self(chosen)
        try:
            chosen.wait_for(state="hidden", timeout=5000)
        except TimeoutError:
            chosen.click()

    def link(self) -> str:
        """What Copy link copies."""
        self(self.page.get_by_role("button", name="Copy link"))
        expect(self.page.get_by_role("button", name="Copied")).to_be_visible()
        return self.page.evaluate("navigator.clipboard.readText()")


def drawn(page) -> None:
    """Wait until the page has ended what it draws: while it runs, old widgets stand beside the new ones."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def copying(page_of, address):
    return page_of(address, permissions=["clipboard-read", "clipboard-write"])


def path_and_query(link: str) -> str:
    parts = urlsplit(link)
    return f"{parts.path}?{parts.query}"


@pytest.fixture(scope="module")
def home(serve, tmp_path_factory):
    """(address of an app, digits, their map): prepared, with a run of eight steps."""
    with folders(tmp_path_factory.mktemp("tasks")) as env:
        digits, _, xy = prepare("digits")
        asked = {"dataset": "digits", "distiller": "dm", "steps": 8, "snapshot_every": 1, "evaluation": "none"}
        run = create_run(resolve(asked | {"init": "noise"}))
        assert worker.main([str(run.path)]) == 0
        yield serve(APP, env), digits, xy, run


@pytest.fixture(scope="module")
def mislabelled(serve, tmp_path_factory):
    """(address, ids): digits of which three images, a 0, a 3 and a 6, are called sevens."""
    with folders(tmp_path_factory.mktemp("sevens")) as env:
        digits, *_ = prepare("digits")
        labels = digits.train.labels.copy()
        wrong = [int(np.flatnonzero(labels == k)[20]) for k in (0, 3, 6)]
        labels[wrong] = SEVEN
        data_root().mkdir(parents=True)
        np.savez(
            data_root() / "sevens.npz", images=digits.train.images, labels=labels,
            test_images=digits.test.images, test_labels=digits.test.labels,
        )  # fmt: skip
        sevens, *_ = prepare("sevens")
        importance_of(sevens, "loss", 0)
        yield serve(APP, env), wrong


def test_the_mislabelled_sevens_are_found(mislabelled, page_of):
    address, wrong = mislabelled
    page = page_of(address)
    click = Clicks(page)
    click(page.get_by_role("link", name=re.compile("Explore which points matter")))
    expect(page.get_by_text("Which images matter?")).to_be_visible()
    click.choose("Dataset", "sevens")
    click.choose("Importance", SCORES.about("loss").title)
    click.choose("Classes", "7")
    expect(page.get_by_text(re.compile("images within the filters"))).to_be_visible()
    page.keyboard.press("Escape")
    sheet = page.locator(".st-key-explore_sheet").get_by_role("gridcell")
    found = []
    for place in range(3):
        before = page.url
        click(sheet.nth(place))
        page.wait_for_url(lambda url, before=before: "image=" in url and url != before)
        found.append(int(parse_qs(urlsplit(page.url).query)["image"][0]))
        expect(page.get_by_text(f"image {found[-1]:,} ")).to_be_visible()
    assert sorted(found) == sorted(wrong)
    assert click.count <= 10
    assert ours(page.problems) == []


def test_this_exact_view_opens_for_a_colleague(home, page_of):
    address, digits, xy, run = home
    page = copying(page_of, f"{address}/explore?dataset=digits")
    click = Clicks(page)
    expect(page.get_by_role("status").filter(has_text="1,438 images")).to_be_visible()
    click.choose("Colour by", "class")
    corners, wanted = rectangle(xy)
    lasso(page, xy, corners)
    expect(page.get_by_text(re.compile(r"^\d+ selected images$"))).to_be_visible()
    drawn(page)
    page.wait_for_timeout(1000)  # the map reports its view, and the page runs once more
    drawn(page)
    page.get_by_role("combobox", name="Classes").scroll_into_view_if_needed()
    page.wait_for_timeout(2000)  # a list closes while the page scrolls or runs again
    click(page.get_by_role("combobox", name="Classes"))
    common = str(np.bincount(digits.train.labels[wanted]).argmax())
    click(page.get_by_role("option", name=common, exact=True))
    expect(page).to_have_url(re.compile(f"classes={common}"))
    page.keyboard.press("Escape")
    click(page.get_by_role("button", name="Map settings"))
    click.choose("Synthetic images of", run.id)
    expect(page).to_have_url(re.compile(f"run={run.id}"))
    page.keyboard.press("Escape")
    click(page.locator(".st-key-explore_sheet").get_by_role("gridcell").nth(2))
    expect(page).to_have_url(re.compile("image="))
    link, ids = click.link(), saved_ids(page)
    assert click.count <= 10
    asked = {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}
    assert asked["data"] == digits.hash[:8] and asked["colour"] == "class" and "token" not in asked
    assert int(asked["image"]) == ids[2]
    # The mouse moves in whole pixels: images within a pixel of the line may fall on either side.
    among = wanted[digits.train.labels[wanted] == int(common)]
    assert len(set(ids) ^ set(among.tolist())) <= 0.06 * len(wanted)

    there = page_of(link)
    expect(there.get_by_text(f"{len(ids):,} selected images", exact=True)).to_be_visible()
    assert saved_ids(there) == ids
    expect(there.get_by_text(f"image {ids[2]:,} ")).to_be_visible()
    expect(there.get_by_role("combobox", name=re.compile("Colour by"))).to_have_value("class")
    expect(there.get_by_text("synthetic images at step")).to_be_visible()
    shown = {name: values[0] for name, values in parse_qs(urlsplit(there.url).query).items()}
    assert shown == {name: value for name, value in asked.items() if name != "data"}
    expect(there.get_by_test_id("stAlert")).to_have_count(0)
    assert ours(there.problems) == []


def test_the_link_comes_without_permission_to_copy_too(home, page_of):
    address, *_ = home
    page = page_of(f"{address}/bench?dataset=digits&draws=7")
    expect(page.get_by_text("Does importance sampling beat uniform?")).to_be_visible()
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')); }")
    button = page.get_by_role("button", name="Copy link")
    button.focus()
    page.keyboard.press("Enter")
    field = page.get_by_role("textbox", name="Link to this page")
    expect(field).to_be_focused()
    link = field.input_value()
    assert "draws=7" in link and "token" not in link
    selected = field.evaluate("(field) => field.value.slice(field.selectionStart, field.selectionEnd)")
    assert selected == link


def test_a_run_replays_elsewhere_at_the_same_step(home, serve, page_of, tmp_path_factory):
    address, _, _, run = home
    page = copying(page_of, address)
    click = Clicks(page)
    click(page.get_by_test_id("stTopNav").get_by_role("link", name="Library"))
    click(page.get_by_role("button", name="More").first)
    with page.expect_download() as download:
        click(page.get_by_role("button", name="Download as zip"))
    zip = tmp_path_factory.mktemp("zip") / download.value.suggested_filename
    shutil.copy(download.value.path(), zip)
    page.keyboard.press("Escape")
    click(page.get_by_role("link", name=re.compile("Watch →")).first)
    expect(page.get_by_role("slider", name="Step", exact=True)).to_be_visible()
    for _ in range(3):
        click(page.get_by_role("button", name="Previous snapshot"))
    expect(page).to_have_url(re.compile(r"step=5\b"))
    link = click.link()

    with folders(tmp_path_factory.mktemp("elsewhere")) as env:
        elsewhere = serve(APP, env)
        there = page_of(elsewhere + path_and_query(link))
        expect(there.get_by_text(f"There is no run “{run.id}” here")).to_be_visible()
        click.page = there
        click(there.get_by_role("link", name=re.compile("Download or delete runs")))
        click(there.get_by_text("Add a run from a zip"))
        there.locator('[data-testid="stFileUploader"]').first.locator("input[type=file]").set_input_files(zip)
        click(there.get_by_role("button", name="Add this run"))
        expect(there.get_by_role("link", name=re.compile("Watch →")).first).to_be_visible(timeout=60_000)
        assert click.count <= 11
        again = page_of(elsewhere + path_and_query(link))
        expect(again.get_by_role("slider", name="Step", exact=True)).to_have_value("5")
        expect(again).to_have_url(re.compile(rf"run={run.id}.*step=5\b"))
        assert (runs_root() / run.id / "config.json").is_file() and not (cache_root() / "datasets").exists()


def test_zoom_and_lasso_travel_with_a_link(home, page_of):
    address, _, xy, _ = home
    page = copying(page_of, f"{address}/explore?dataset=digits")
    click = Clicks(page)
    expect(page.get_by_role("status").filter(has_text="1,438 images")).to_be_visible()
    lasso(page, xy, rectangle(xy)[0])
    selected = page.get_by_role("status").filter(has_text="of 1,438 selected")
    expect(selected).to_be_visible()
    words = selected.inner_text()
    page.locator("canvas.overlay").hover()
    page.mouse.wheel(0, -400)
    expect(page).to_have_url(re.compile("place="))
    link = click.link()
    there = page_of(link)
    expect(there.get_by_role("status").filter(has_text=words)).to_be_visible()
    place = parse_qs(urlsplit(link).query)["place"]
    there.wait_for_timeout(1500)  # the map reports what it shows
    assert parse_qs(urlsplit(there.url).query)["place"] == place
