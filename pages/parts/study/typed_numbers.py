"""Several whole numbers, typed with commas between them."""

from collections.abc import Sequence

import streamlit as st

from pages.parts.parameter_form import Field
from pages.parts.spelling import Spelling, number


def typed_numbers(field: Field, key: str, label: str, empty: str, not_these: Sequence[int] = ()) -> list[int]:
    """Draw the input; the numbers in ascending order, each once. What is none, out of the field's bounds or one of
    `not_these`, which are there already, is told and left out."""
    typed = st.text_input(label, key=key, placeholder=empty, help=field["help"], persist_state="session")
    texts = [text.strip() for text in typed.split(",") if text.strip()]
    good = {int(text) for text in texts if text.isdecimal() and field["min"] <= int(text) <= field["max"]}
    if wrong := [text for text in texts if not text.isdecimal() or int(text) not in good]:
        st.error(
            f"{', '.join(wrong)} {'is' if len(wrong) == 1 else 'are'} left out: choose whole numbers from "
            f"{field['min']:,} to {field['max']:,}, with commas between them."
        )
    return sorted(good - set(not_these))


def spelling_of(field: Field) -> Spelling:
    """What is typed, in an address: "1,10,50"."""
    one = number(field["min"], field["max"], whole=True)

    def read(text: str) -> str:
        return ", ".join(str(one.read(part)) for part in text.split(",")) if text != "none" else ""

    return Spelling(
        read, lambda typed: typed.replace(" ", "") or "none", f"{one.allowed}, or several with commas between them"
    )
