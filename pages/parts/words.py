"""Names of methods and quantities as a person says them."""

from collections.abc import Callable
from typing import Any

from ddcore.distillers import about_distiller
from ddcore.importance import SCORES, about_score

_NAMES = {
    "noise": "Noise",
    "random": "Random real images",
    "sensitivity": "A sample by importance",
    "kmeans-coreset": "A k-means coreset",
    "ridge-coreset": "A kernel-ridge coreset",
    "kmeans-medoids": "k-means medoids",
    "herding": "Herding",
    "k-center": "k-center",
    "easiest": "The easiest images",
    "hardest": "The hardest images",
    "uniform": "Uniform (none)",
    "student-loss": "Loss of the current student",
    "representative": "Representative images (DREAM)",
    "emphasis": "Emphasis",
    "corrected": "Corrected",
    "hard": "Hard images more often",
    "easy": "Easy images more often",
    "quick": "Quick",
    "published": "As published",
    "none": "None",
    "pixels": "Pixels",
    "pca": "Principal components",
    "rff": "Random Fourier features",
    "nystroem": "Nyström features",
    "kernel": "The kernel itself",
    "nngp": "Random conv-nets (NNGP)",
    "ntk": "Neural tangent kernel (NTK)",
    "network": "A trained network",
    "fixed": "Fixed",
    "learned": "Learned",
    "solved": "Solved",
    "squared": "Squared error",
    "platt": "Cross-entropy (Platt)",
}
_KERNELS = {"nngp": "Gaussian-process kernel (NNGP)", "rbf": "Gaussian kernel (RBF)"}
_PROPER = ("EL2N", "GraNd", "k-")  # keep their capitals, or have none
_OF_IMAGES = ("kmeans-coreset", "ridge-coreset", "kmeans-medoids")
_SHORT = {
    "random": "random images",
    "sensitivity": "importance sample",
    "representative": "representative images",
    "student-loss": "student loss",
}
_SELECTION = {"herding": "real images chosen by herding", "k-center": "real images chosen by k-center"}


def name_of(name: str) -> str:
    """What a method's name in the settings stands for; the name itself where nothing better is known."""
    if name not in _NAMES and name in SCORES.names():
        title = about_score(name).title
        return title if title.startswith(_PROPER) else title[:1].upper() + title[1:]
    return _NAMES.get(name) or about_distiller(name).title


def choice_name(field: str, name: str) -> str:
    """The same for a choice of the parameter `field`: what a kernel is called differs from features of that name."""
    return _KERNELS.get(name, name_of(name)) if field == "kernel" else name_of(name)


def method_name(distiller: str) -> str:
    """The abbreviation of a distiller: "DM", "FRePo"."""
    found = name_of(distiller)
    return found.partition("(")[2].removesuffix(")") or distiller.upper()


def within_sentence(name: str) -> str:
    """The same without its capital: "relative loss"."""
    found = name_of(name)
    return found if found.startswith(_PROPER) else found[:1].lower() + found[1:]


def start_words(init: str) -> str:
    """What a synthetic set starts from, as a sentence says it: "a k-means coreset of real images"."""
    return _SELECTION.get(init) or within_sentence(init) + (" of real images" if init in _OF_IMAGES else "")


def chosen_by(settings: dict[str, Any]) -> str:
    """By which score the images of a start were chosen, where they go by one: " (by k-means sensitivity)"."""
    score = settings.get("init_score")
    return f" (by {short_name_of(score)})" if score else ""


def short_name_of(name: str) -> str:
    """For curves and lists: "k-means coreset", "relative loss"."""
    return _SHORT.get(name) or within_sentence(name).split(" (")[0].removeprefix("a ").removeprefix("the ")


def score_of(settings: dict[str, Any], called: Callable[[str], str], own: str = "loss of its own predictor") -> str:
    """What a run draws its real batches by, as `called` says it: a set that is itself a predictor goes by its `own`
    loss, where others go by a student's."""
    if settings.get("importance") == "student-loss" and predictor_of(settings):
        return own
    return called(str(settings.get("importance", "?")))


def is_selection(settings: dict[str, Any]) -> bool:
    """Whether a run distills nothing: its set stays the selection that it starts from."""
    return not about_distiller(str(settings.get("distiller", ""))).distills


def predictor_of(settings: dict[str, Any]) -> str:
    """What kind of predictor the set of a run is by itself; "" where it is none (see `ddcore.distillers.About`)."""
    return about_distiller(str(settings.get("distiller", ""))).predictor


def labels_move(settings: dict[str, Any]) -> bool:
    """Whether a run's method moves the labels of its set, too."""
    return predictor_of(settings) != "" and settings.get("labels", "fixed") != "fixed"


def particulars(settings: dict[str, Any]) -> list[str]:
    """What tells runs of one method from another and only few have: "learned labels", "whitened"."""
    labels = [f"{settings['labels']} labels"] if labels_move(settings) else []
    return labels + (["whitened"] if settings.get("zca") else [])


def megabytes(count: float) -> str:
    """A size in bytes: "12 kB", "0.4 MB", "37 MB", "1.2 GB"."""
    size = count / 1e6
    if size < 0.1:
        return f"{count / 1e3:.0f} kB"
    if size >= 1000:
        return f"{size / 1000:.1f} GB"
    return f"{size:.0f} MB" if size >= 10 else f"{size:.1f} MB"


def accuracy_words(accuracy: dict | None) -> str:
    """An accuracy with its spread over n students: "71.3 ± 1.0 %"; a dash where none was measured."""
    if accuracy is None:
        return "–"
    spread = f" ± {100 * accuracy['std']:.1f}" if accuracy["repeats"] > 1 else ""
    return f"{100 * accuracy['mean']:.1f}{spread} %"


def plain(text: str) -> str:
    """`text` with nothing in it that Markdown would take for its own: names may come from anywhere."""
    return "".join(f"\\{letter}" if letter in "\\`*_{}[]()<>#+-!|~$:" else letter for letter in text)
