"""What the player's pictures and curves are, in words: of one run or two, true of each one's method."""

from ddcore.distillers import about_distiller
from pages.parts.run_history import RunHistory
from pages.parts.run_words import loss_words, title
from pages.parts.watch.comparing import apart
from pages.parts.words import is_selection, method_name


def titles(configs: list[dict]) -> list[str]:
    """A title each; two of them are told apart, by their methods where these differ."""
    settings = [config["settings"] for config in configs]
    found = [title(one) for one in settings]
    if len({one["distiller"] for one in settings}) > 1:
        return [  # the title of a selection says already that nothing was distilled
            text if is_selection(one) else f"{method_name(one['distiller'])}: {text}"
            for one, text in zip(settings, found, strict=True)
        ]
    if len(set(found)) < len(found):
        return [f"{text}, {apart(configs, place)}" for place, text in enumerate(found)]
    return found


def player_words(read: list[RunHistory]) -> str:
    """What there is to see, how accuracies were taken, what the losses are, and the keys."""
    configs = [history.run.config() for history in read]
    settings = [config["settings"] for config in configs]
    tested = any(one.get("evaluation") != "none" for one in settings)
    if all(is_selection(one) for one in settings):
        beside = ", and the test accuracy of students that saw nothing but them" if tested else ""
        return f"The selected images{beside}: nothing changes."
    students = ", the test accuracy of students that saw nothing but these images," if tested else ""
    means = "Accuracies along the way are of one student each; the first and the last are means. " if tested else ""
    return (
        f"Every synthetic image at the chosen step{students} and the loss of distilling. {means}"
        f"{predictor_words(read)}{loss_words(configs)} Arrow keys move by one snapshot, space plays."
    )


def predictor_words(read: list[RunHistory]) -> str:
    """What the curves with hollow marks are, where there are any, and how they are measured along the way."""
    found = [history for history in read if any(point.images for point in history.kernel.values())]
    if not found:
        return ""
    what = "The dotted curve with hollow marks is the set's own kernel predictor"
    if len(found) > 1:
        what = "The curves with hollow marks are the sets' own kernel predictors"
    methods = dict.fromkeys(history.run.config()["settings"]["distiller"] for history in found)
    students = "" if any(about_distiller(method).predictor == "trained" for method in methods) else ", no student"
    parts = [_part_tested(history) for history in found]
    part = f" on {min(filter(None, parts)):,} test images, at the end on all" if any(parts) else ""
    drawn = " and ".join(
        drawn_along_the_way(method) + (f" ({method_name(method)})" if len(methods) > 1 else "")
        for method in methods
        if about_distiller(method).predictor != "exact"
    )
    by = f" by {drawn}" if drawn else ""
    return f"{what}{students}{', along the way' if by or part else ''}{by}{part}. "


def _part_tested(history: RunHistory) -> int:
    """Test images of a test along the way where there are more of them at the end; 0 where there are not."""
    tested = [point.images for point in history.kernel.values() if point.images]
    return min(tested) if min(tested) < max(tested) else 0


def drawn_along_the_way(method: str) -> str:
    """By what a predictor with chance in it is tested between the start and the end of a run."""
    return "one network of the pool" if about_distiller(method).predictor == "trained" else "one draw of its networks"
