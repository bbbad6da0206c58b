"""The Study page's tables: every section of the benchmarks opens with its command, its numbers and their files."""

import re

import pytest
from study_page import words

from pages.parts.study.measured import MEASURED, measured_tables

TABLES = measured_tables()


def test_every_section_is_a_table_of_its_own():
    headings = re.findall(r"^## (.+)$", MEASURED.read_text(), flags=re.MULTILINE)
    assert [table.name for table in TABLES.values()] == headings
    assert len(TABLES) == len(headings) > 15


@pytest.mark.parametrize("id", TABLES)
def test_a_table_says_how_it_is_made_again_and_where_its_numbers_are(id):
    table = TABLES[id]
    assert re.search(r"`python\s+-m\s+(benchmarks|ddcore)", table.text), "no command"
    assert table.files and all(path.read_text().strip() for path in table.files)
    assert "](" not in table.text, "links lead nowhere in the app"


@pytest.mark.parametrize("id", list(TABLES)[::6])
def test_a_table_opens_from_its_address(study_page, id):
    page, table = study_page(study=id), TABLES[id]
    assert not page.exception and page.query_params["study"] == id
    assert page.subheader[0].value.startswith(table.name) and table.text.strip() in words(page)
    assert [item.value for item in page.code] == [path.read_text().rstrip("\n") for path in table.files]


def test_a_table_is_chosen_from_the_list(study_page):
    page = study_page()
    assert page.query_params["study"] == "new", "the list opens with a study, not with a table"
    page.selectbox(key="study_open").select("table-certificates").run()
    assert page.query_params["study"] == "table-certificates" and "Certificates" in words(page)


def test_without_the_benchmarks_there_are_no_tables(study_page, monkeypatch, tmp_path):
    monkeypatch.setattr("pages.parts.study.measured.MEASURED", tmp_path / "README.md")
    assert not measured_tables()
    page = study_page(study="table-certificates")
    assert not page.exception and len(page.error) == 1
