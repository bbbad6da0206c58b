"""Importance scores as pages list them: in groups, each with what it measures."""

from ddcore.importance import SCORES

_GROUPS = {
    "bound": "Sensitivity: bounds that hold for every model of a kind",
    "law": "A cheap sampling law with a weaker guarantee",
    "learned": "How easily a small network learns an image",
    "": "Others",
    "rival": "The rival",
}


def measure_of(name: str) -> str:
    """What a score measures, as part of a sentence."""
    about = SCORES.about(name)
    return about.about or f"the score “{about.title}”"


def in_order(names: list[str]) -> list[str]:
    """`names` group by group."""
    known, groups = SCORES.names(), list(_GROUPS)
    return sorted(names, key=lambda name: (groups.index(SCORES.about(name).kind), known.index(name)))


def all_explained(names: list[str]) -> str:
    """What each score measures, group by group, as Markdown."""
    lines = []
    for kind, title in _GROUPS.items():
        if here := [name for name in in_order(names) if SCORES.about(name).kind == kind]:
            lines.append(f"*{title}*")
            lines += [f"**{SCORES.about(name).title}**: {measure_of(name)}." for name in here]
    return "  \n".join(lines)
