"""The settings of a run in words: no JSON, no names where a form has titles, nothing that had no effect."""

from made_runs import made_run

from ddcore.distillers import DISTILLERS
from pages.parts import settings_words
from pages.parts.settings_words import record_table, settings_table


def rows(**settings) -> dict[str, tuple[str, bool | None]]:
    return {row.title: row[1:] for row in settings_table({"settings": settings})}


def test_values_are_words_and_departures_are_known(prepared):
    shown = rows(distiller="dm", init="noise", importance="kmeans", uniform=0.25, zca=True, steps=2000)
    assert shown["Distiller"] == ("Distribution matching (DM)", False)
    assert shown["Uniform share"] == ("0.25", True)
    assert shown["Whiten images (ZCA)"] == ("yes", True)
    assert shown["Steps"] == ("2,000", True)
    assert shown["Network depth"] == ("automatic", False)
    start, own = "The synthetic images start from", {name: DISTILLERS.about(name).init for name in DISTILLERS.names()}
    assert {name: rows(distiller=name, init="random")[start][1] for name in own} == {
        name: init != "random" for name, init in own.items()
    }


def test_own_parameters_have_their_titles_and_defaults(prepared):
    fields = {field["name"]: field for field in settings_words.schema()["distillers"]["dm"]}
    field = fields["batch_real"]
    shown = rows(distiller="dm", init="random", batch_real=field["default"] + 1)
    assert shown[field["title"]] == (f"{field['default'] + 1:,}", True)


def test_settings_without_effect_are_left_out(prepared):
    assert "Uniform share" in rows(importance="kmeans", init="random")
    assert "Uniform share" not in rows(importance="uniform", init="random")
    assert "Uniform share" not in rows(importance="kmeans", init="random", mode="stratified")
    assert "Real batches are drawn by" not in rows(distiller="select", init="random")
    assert "Chosen by" not in rows(init="random", init_score=None)


def test_unknown_names_stand_for_themselves(prepared):
    shown = rows(distiller="of another version", init="random", new_knob=3)
    assert shown["Distiller"] == ("of another version", True)
    assert shown["New knob"] == ("3", None)


def test_before_the_schema_is_read_names_stand_for_titles(monkeypatch):
    monkeypatch.setattr(settings_words, "schema", lambda: None)
    assert rows(init="random", batch_real=64)["Batch real"] == ("64", None)


def test_what_a_run_recorded_is_in_words_too(prepared):
    config = made_run("one", "finished").config()
    recorded = dict(record_table(config))
    assert recorded["Ran on"] == "cpu" and recorded["Protocol"] == config["protocol"]["text"]
    assert "Machine" not in recorded and "Versions" not in recorded, "the run did not record them"
    config |= {"hardware": {"cpus": 2, "memory": 8e9, "platform": "Linux"}, "versions": {"torch": "2.1", "scipy": None}}
    recorded = dict(record_table(config))
    assert recorded["Machine"] == "2 CPUs, 8.0 GB of memory, Linux" and recorded["Versions"] == "PyTorch 2.1"
