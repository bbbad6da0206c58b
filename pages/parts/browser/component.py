"""Browser components: plain JavaScript beside this file, handed to Streamlit as it stands (no build step).

A component's program is `<name>.js`, an ES module whose default export Streamlit calls with `{data, parentElement,
setStateValue, setTriggerValue}` each time its data or the theme changes. Streamlit loads it from a blob URL, from which
nothing can be imported, so helper files are put in front of it: they declare functions and export nothing.
"""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import streamlit as st

HERE = Path(__file__).parent


@cache
def component(name: str, *helpers: str) -> Callable:
    """Register `<name>.js`, each `<helper>.js` before it, with `<name>.css` if there is one; returns what mounts it."""
    script = "\n".join((HERE / f"{part}.js").read_text() for part in (*helpers, name))
    sheet = HERE / f"{name}.css"
    return st.components.v2.component(name, js=script, css=sheet.read_text() if sheet.exists() else None)


def pack(header: dict, **arrays: np.ndarray) -> bytes:
    """One byte string for `payload.js` to take apart.

    Streamlit hands bytes on untouched only when they are all of `data`: within a dict they would end up as text.
    Layout: uint32 length of the header, the header as JSON (padded to a multiple of 8 bytes), then the arrays' bytes,
    each padded to 8. The header gains `arrays`: name -> [offset from the end of the header, dtype, shape].
    """
    chunks, places, offset = [], {}, 0
    for name, array in arrays.items():
        array = np.ascontiguousarray(array)
        places[name] = [offset, array.dtype.name, array.shape]
        chunks.append(array.tobytes() + bytes(-array.nbytes % 8))
        offset += len(chunks[-1])
    text = json.dumps(header | {"arrays": places}, allow_nan=False).encode()
    text += b" " * (-(len(text) + 4) % 8)
    return len(text).to_bytes(4, "little") + text + b"".join(chunks)


def ignore() -> None:
    """A callback that does nothing: naming one is how a component's event comes to exist in Streamlit."""
