"""Start: the bundled run replays, its numbers are its own, five ways lead on, and nothing heavy is loaded."""

import json
import subprocess
import sys
from pathlib import Path

from streamlit.testing.v1 import AppTest

from ddcore.runs.folder import list_runs
from pages.parts.routes import EXAMPLES
from pages.parts.run_description import RunDescription

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("torch", "torchvision", "sklearn", "umap", "scipy")  # AppTest itself brings pandas


def start() -> AppTest:
    app = AppTest.from_file(str(ROOT / "pages" / "frame.py")).run(timeout=30)
    assert not app.exception
    return app


def component_data(app: AppTest) -> dict:
    (found,) = [one for one in app.get("bidi_component") if one.key != "copy-link"]
    return json.loads(found.proto.json)


def test_what_is_told_are_the_numbers_of_the_run():
    app = start()
    (run,) = list_runs(EXAMPLES)
    config, result = run.config(), run.status()["result"]
    (told,) = [block.value.replace("\u00a0", " ") for block in app.markdown if "stand in for" in block.value]
    for name in ("accuracy", "random", "full"):
        assert f"{100 * result[name]['mean']:.1f} %" in told
    assert f"{config['dataset']['train']:,}" in told
    assert "start as pure noise" in told
    assert told.endswith(f"give {100 * result['full']['mean']:.1f} % (short training).")
    captions = " ".join(block.value for block in app.caption)
    assert f"over {result['accuracy']['repeats']} students" in captions
    assert RunDescription(config).drawn in captions, "by what its real batches were drawn"


def test_the_replay_plays_by_itself_and_has_all_snapshots():
    data = component_data(start())
    (run,) = list_runs(EXAMPLES)
    (track,) = data["tracks"]
    assert data["autoplay"] is True
    assert track["steps"] == run.snapshot_steps()
    assert len(track["steps"]) >= 40
    assert len(track["accuracy"][0]) >= 9
    assert track["frames"] == f"/frame/{run.id}/"


def test_five_ways_lead_on():
    pages = [link.proto.page for link in start().get("page_link")]
    assert pages == ["learn", "explore", "bench", "distill", "library"]


def test_the_example_is_small_and_holds_nothing_of_the_recording_machine():
    (run,) = list_runs(EXAMPLES)
    assert run.size_bytes() < 3_000_000
    assert run.status()["pid"] is None
    assert not (run.path / "checkpoint").exists()
    assert (run.status()["state"], run.config()["settings"]["dataset"]) == ("finished", "fashion-mnist")


def test_nothing_heavy_is_imported():
    code = (
        "import sys; from pathlib import Path; from streamlit.testing.v1 import AppTest; import pages.parts.routes;"
        "app = AppTest.from_file(str(Path('pages/frame.py').resolve())).run(timeout=30); assert not app.exception;"
        f"print(sorted(set({HEAVY!r}) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
