"""Accuracies of a set on the command line: beside their baselines, with what the differences say."""

from typing import Any

from ddcore.commands.bars import percent
from ddcore.methods import DistillerAbout
from ddcore.networks import in_words
from ddcore.runs.gains import Gain, Measured, against_random, against_start, of_predictor

_ASCII = str.maketrans({"±": "+-", "−": "-", "ε": "eps", "×": "x", "*": ""})  # no terminal is without these


def ascii_words(markdown: str) -> str:
    """A sentence of the pages for any terminal."""
    return markdown.translate(_ASCII)


def with_gains(result: dict[str, Any], about: DistillerAbout, students: dict[str, Any] | None) -> dict[str, Any]:
    """The result with its `students`, a network's description, and the `gain` of the set; null where nothing is tested.

    The gain is against `random` images and, of a distilled set, the `initial` one; that in `kernel` is of the set's own
    predictor.
    """
    if result["protocol"] is None:
        return result | {"students": None, "gain": None}
    own, start = measured(result["accuracy"]), result["initial_accuracy"]
    gains = {
        "random": Gain.of(own, measured(result["random"])).to_json(),
        "initial": Gain.of(own, measured(start)).to_json() if about.distills and start is not None else None,
    }
    found = result | {"students": students, "gain": gains}
    if (kernel := result.get("kernel")) is not None:
        by_itself = Gain.of(measured(kernel["accuracy"]), measured(kernel["random"]), about.predictor == "exact")
        found["kernel"] = kernel | {"gain": {"random": by_itself.to_json()}}
    return found


def measured(accuracy: dict[str, Any]) -> Measured:
    return Measured(accuracy["mean"], accuracy["std"], accuracy["repeats"])


def print_accuracies(result: dict[str, Any], about: DistillerAbout) -> None:
    """The accuracies of one result `with_gains`, side by side under one protocol, and the verdict on them."""
    if result["protocol"] is None:
        return
    own = {"distilled": "accuracy", "before distilling": "initial_accuracy"}
    rows = {label: key for label, key in own.items() if result[key] is not None}
    rows = (rows if about.distills else {"selected": "accuracy"}) | {"random images": "random"}
    accuracy = result["accuracy"]
    count = f"n = {accuracy['repeats']} for each set" if accuracy.get("until") is None else "n in each row"
    print(f"students: {in_words(result['students'])}, {count} ({result['protocol']})")
    if (size := result.get("lr_student")) is not None:
        print(f"  those of the distilled set use the step size it brings, {size:.3g}")
    _print_rows(result, {**rows, "full data": "full"})
    kernel = result.get("kernel")
    for sentence in _verdict(result, about.distills, by_itself=kernel is not None):
        print(ascii_words(sentence))
    if kernel is not None:
        print(f"the set's own predictor ({kernel['predictor']})")
        _print_rows(kernel, rows)
        exact = about.predictor == "exact"
        print(ascii_words(of_predictor(measured(kernel["accuracy"]), measured(kernel["random"]), exact)))


def _verdict(result: dict[str, Any], distilled: bool, by_itself: bool) -> list[str]:
    own, random, full = (measured(result[name]) for name in ("accuracy", "random", "full"))
    sentences = [against_random(own, random, full, "distilled" if distilled else "selected")]
    if distilled and result["initial_accuracy"] is not None:
        sentences.append(against_start(own, measured(result["initial_accuracy"]), by_itself=by_itself))
    return sentences


def _print_rows(accuracies: dict[str, Any], rows: dict[str, str]) -> None:
    for label, key in rows.items():
        print(f"  {label:<18} {percent(accuracies[key])}")
