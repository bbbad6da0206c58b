"""All cases, by kind."""

from . import (
    archive_cases,
    array_cases,
    file_cases,
    flag_cases,
    hostile_cases,
    label_cases,
    pixel_cases,
    size_cases,
    split_cases,
    table_cases,
)
from .case import Case

KINDS: dict[str, list[Case]] = {
    "splits": split_cases.CASES,
    "files and folders": file_cases.CASES,
    "arrays": array_cases.CASES,
    "tables": table_cases.CASES,
    "archives": archive_cases.CASES,
    "pixels": pixel_cases.CASES,
    "classes and labels": label_cases.CASES,
    "what a data file holds": hostile_cases.CASES,
    "flags": flag_cases.CASES,
    "large or damaged pictures": size_cases.CASES,
}
CASES = [case for cases in KINDS.values() for case in cases]
