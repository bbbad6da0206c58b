"""Several whole numbers, typed with commas between them."""

from collections.abc import Sequence

import streamlit as st

from pages.parts.parameter_form import Field
from pages.parts.spelling import Spelling, number
from pages.parts.words import plain


def typed_numbers(field: Field, key: str, label: str, empty: str, not_these: Sequence[int] = ()) -> list[int]:
    """Draw the input; the numbers in ascending order, each once. What is none or out of the field's bounds, and
    `not_these`, which are there already, is left out with a sentence."""
    typed = st.text_input(label, key=key, placeholder=empty, help=field["help"], persist_state="session")
    good, wrong = _read(field, typed)
    if wrong:
        st.error(
            f"{plain(', '.join(wrong))} {_is(wrong)} left out: choose whole numbers from {field['min']:,} to "
            f"{field['max']:,}, with commas between them."
        )
    if known := [value for value in good if value in not_these]:
        st.caption(f"{', '.join(f'{value:,}' for value in known)} {_is(known)} there already.")
    return [value for value in good if value not in not_these]


def spelling_of(field: Field) -> Spelling:
    """What is typed, in an address: "1,10,50", with the numbers that it holds and nothing else."""
    one = number(field["min"], field["max"], whole=True)

    def read(text: str) -> str:
        return ", ".join(str(one.read(part)) for part in text.split(",")) if text != "none" else ""

    return Spelling(
        read,
        lambda typed: ",".join(map(str, _read(field, typed)[0])) or "none",
        f"{one.allowed}, or several with commas between them",
    )


def _read(field: Field, typed: str) -> tuple[list[int], list[str]]:
    """The numbers in ascending order, each once; and what is none, or out of the field's bounds."""
    one, good, wrong = number(field["min"], field["max"], whole=True), set(), []
    for text in filter(None, map(str.strip, typed.split(","))):
        try:
            good.add(one.read(text))
        except ValueError:
            wrong.append(text)
    return sorted(good), wrong


def _is(several: Sequence[object]) -> str:
    return "is" if len(several) == 1 else "are"
