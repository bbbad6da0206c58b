"""What was decided about a dataset when it was read, behind one button."""

import streamlit as st

from ddcore.data.catalogue import DatasetInfo
from ddcore.data.report import Decision, Report
from pages.parts.words import plain

_TITLES = {
    "split": "Train and test",
    "files": "Files",
    "labels": "Classes",
    "pixels": "Pixels",
    "size": "Size",
    "flip": "Mirroring",
}


def show_report(info: DatasetInfo, key: str) -> None:
    """Draw the button and what it opens; nothing for a dataset without a report."""
    if info.report is None:
        return
    warnings = info.report.warnings
    label = f"⚠ Report ({len(warnings)})" if warnings else "Report"
    with st.popover(label, key=f"report-{key}", help="How this dataset was read"):
        st.markdown("\n\n".join([*map(_warning, warnings), _files(info.report), *_decisions(info.report)]))


def _warning(warning: Decision) -> str:
    return f":orange[**⚠ Look at the images:** {_sentence(warning.text)}]"


def _files(report: Report) -> str:
    """Where every file went; empty for a dataset that is not made of a person's files."""
    if not report.found:
        return ""
    left = sum(report.left_out.values())
    counts = [f"{report.read:,} read"]
    counts += [f"{report.used:,} with labels or names"] if report.used else []
    counts += [f"{report.ignored:,} hidden or of the system"] if report.ignored else []
    counts += [f"{left:,} not used"] if left else []
    return f"**{report.found:,} file{'s' if report.found != 1 else ''}:** {', '.join(counts)}."


def _decisions(report: Report) -> list[str]:
    grouped: dict[str, list[str]] = {}
    for decision in report.decisions:
        grouped.setdefault(decision.about, []).append(decision.text)
    return [f"**{_TITLES.get(about, about)}:** {_sentence('; '.join(texts))}" for about, texts in grouped.items()]


def _sentence(text: str) -> str:
    return plain(f"{text[:1].upper()}{text[1:]}.")
