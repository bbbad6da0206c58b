"""Names of methods and quantities as a person says them."""

_NAMES = {
    "dm": "Distribution matching (DM)",
    "noise": "Noise",
    "random": "Random real images",
    "kmeans-coreset": "A k-means coreset",
    "uniform": "Uniform (none)",
    "kmeans": "k-means sensitivity",
    "loss": "Relative loss",
    "emphasis": "Emphasis",
    "corrected": "Corrected",
    "hard": "Hard images more often",
    "easy": "Easy images more often",
    "quick": "Quick",
    "published": "As published",
    "none": "None",
}


def name_of(name: str) -> str:
    """What a method's name in the settings stands for; the name itself where nothing better is known."""
    return _NAMES.get(name, name)


def within_sentence(name: str) -> str:
    """The same without its capital: "relative loss"."""
    found = name_of(name)
    return found[:1].lower() + found[1:]


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
