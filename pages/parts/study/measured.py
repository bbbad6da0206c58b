"""Tables of the project that are not grids of runs: each is a section of `benchmarks/README.md`, with its command."""

import re
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from pages.parts import address

MEASURED = Path(__file__).resolve().parents[3] / "benchmarks" / "README.md"
_PREFIX = "table-"  # of ids, beside those of studies
_LINK = re.compile(r"\[([^\]]*)\]\(([^)]*)\)")


@dataclass(frozen=True)
class Table:
    """A section: its heading, its text in Markdown, and the result files that its numbers come from."""

    name: str
    text: str
    files: tuple[Path, ...]

    @property
    def id(self) -> str:
        return _PREFIX + re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-")


def measured_tables() -> dict[str, Table]:
    """Id -> table, in the order of the document; none where the project's benchmarks are not installed."""
    if not MEASURED.is_file():
        return {}
    parts = re.split(r"^## ", MEASURED.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    tables = [_table(*part.split("\n", 1)) for part in parts]
    return {table.id: table for table in tables}


def show_table(table: Table) -> None:
    """Draw the section as it stands, and under it the files its numbers come from."""
    st.subheader(f"{table.name} :gray-badge[recorded]", anchor=False)
    st.caption(
        "Recorded with the project: nothing runs here. Commands run in the project's folder, with its `.venv`. "
        "Each interval stands alone at 95\u00a0%, while all of a study hold together."
    )
    st.markdown(table.text)
    for path in table.files:
        with st.expander(f"All figures: {path.stem}"):
            st.code(path.read_text(encoding="utf-8"), language=None, height=400)
    address.settle()


def _table(name: str, text: str) -> Table:
    targets = [MEASURED.parent / target for _, target in _LINK.findall(text)]
    files = [path for path in dict.fromkeys(targets) if path.suffix == ".txt" and path.is_file()]
    # links lead to files and headings that are not there in the app
    return Table(name.strip(), _LINK.sub(r"\1", text), tuple(files))
