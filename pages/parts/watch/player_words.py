"""The player's pictures and curves in words, for one run or two, correct for each method."""

from pages.parts.run_description import RunDescription, loss_words
from pages.parts.run_history import RunHistory
from pages.parts.tracks import set_stride
from pages.parts.watch.comparing import apart


def titles(configs: list[dict]) -> list[str]:
    """A title per run; two equal ones are distinguished, by their methods if these differ."""
    runs = [RunDescription(config) for config in configs]
    names = [run.title for run in runs]
    if len({run.method for run in runs}) > 1:
        # The title of a selection already says that nothing was distilled.
        return [run.title if run.selects else f"{run.method}: {run.title}" for run in runs]
    if len(set(names)) < len(names):
        return [f"{name}, {apart(configs, place)}" for place, name in enumerate(names)]
    return names


def player_words(read: list[RunHistory]) -> str:
    """The caption of the player: what it shows."""
    configs = [history.run.config() for history in read]
    runs = [RunDescription(config) for config in configs]
    tested = any(run.settings["evaluation"] != "none" for run in runs)
    more = size_words(read) + tile_words(runs) + coarseness_words(configs)
    if all(run.selects for run in runs):
        beside = ", and the test accuracy of students trained only on them" if tested else ""
        return f"The selected images{beside}; nothing is distilled.{more}"
    students = ", the test accuracy of students trained only on them," if tested else ""
    return f"The synthetic images at the chosen step{students} and the loss of distillation.{more}"


def size_words(read: list[RunHistory]) -> str:
    """What a step is where runs solve on coresets of several sizes, after a space; "" if none does."""
    if not any(history.coresets for history in read):
        return ""
    return " Each step solves on a coreset of twice as many drawn images, m; ε < 1 is a guarantee."


def tile_words(runs: list[RunDescription]) -> str:
    """What an image holds where it holds several, after a space; "" if none does."""
    tiles = [run.settings["factor"] ** 2 for run in runs]
    if max(tiles) == 1:
        return ""
    holding = [f"of {letter} holds {count} tiles" for letter, count in zip("AB", tiles, strict=False) if count > 1]
    which = f"holds {tiles[0]} tiles" if len(set(tiles)) == 1 else ", each ".join(holding)
    return f" Each image {which}; students train on them enlarged."


def coarseness_words(configs: list[dict]) -> str:
    """What is not shown of sets too large for one picture, after a space; "" if every pixel is."""
    strides = [set_stride(config) for config in configs if config["dataset"]]
    if None in strides:
        return " A set of this size is too large for a picture, so its images are not shown."
    most = max(filter(None, strides), default=1)
    return f" Of a set this large, one in {most} rows and columns of pixels is shown." if most > 1 else ""


def player_help(read: list[RunHistory]) -> str | None:
    """How accuracies were measured, what the losses are, and the keys."""
    configs = [history.run.config() for history in read]
    runs = [RunDescription(config) for config in configs]
    if all(run.selects for run in runs):
        return None
    along = any(0 < step < history.about.settings["steps"] for history in read for step in history.accuracy)
    means = "Accuracies along the way are of one student each; the first and the last are means. " if along else ""
    return (
        f"{means}{predictor_words(read)}{loss_words(configs)} Arrow keys move by one snapshot; the space bar plays."
    ).lstrip()


def predictor_words(read: list[RunHistory]) -> str:
    """What the curves with hollow marks are, if there are any, and how they are measured along the way."""
    predicted = [history for history in read if any(point.images for point in history.kernel.values())]
    if not predicted:
        return ""
    what = "The dotted curve with hollow marks is the set's own kernel predictor"
    if len(predicted) > 1:
        what = "The curves with hollow marks are the sets' own kernel predictors"
    runs = [RunDescription(history.run.config()) for history in predicted]
    methods = {run.method: run.distiller.predictor for run in runs}
    students = "" if "trained" in methods.values() else ", no student"
    parts = [_part_tested(history) for history in predicted]
    part = f" on {min(filter(None, parts)):,} test images, at the end on all" if any(parts) else ""
    drawn = " and ".join(
        drawn_along_the_way(predictor) + (f" ({method})" if len(methods) > 1 else "")
        for method, predictor in methods.items()
        if predictor != "exact"
    )
    by = f" by {drawn}" if drawn else ""
    return f"{what}{students}{', along the way' if by or part else ''}{by}{part}. "


def _part_tested(history: RunHistory) -> int:
    """The number of test images along the way if there are more at the end; otherwise 0."""
    tested = [point.images for point in history.kernel.values() if point.images]
    return min(tested) if min(tested) < max(tested) else 0


def drawn_along_the_way(predictor: str) -> str:
    """What a test along the way uses if the predictor is random; `predictor` as in `ddcore.methods.DistillerAbout`."""
    return "one network of the pool" if predictor == "trained" else "one draw of its networks"
