"""Browser components: JavaScript modules beside this file, passed to Streamlit unchanged (no build step).

A component's main module is `<name>.js`: Streamlit calls its default export with `{data, parentElement, setStateValue,
setTriggerValue}` each time its data or the theme changes. Streamlit loads one text, from a blob URL, which cannot
import anything, so `bundle` joins several modules into one. The files follow these rules:

- a file starts with its imports, after nothing but comments, each `import { a, b } from "./dom.js";`;
- exported names have `export` before its `const`, `class` or `function`, at the start of a line;
- a main module, and no other, has one `export default function`;
- the words `import` and `export` appear nowhere else, and modules do not import each other in a circle.

The bundle holds each module once, after those it imports, in its own scope (`const $dom = (() => { ...; return
{ a, b }; })();`) from which others take what they import; the main module comes last, outside any scope.
"""

import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import streamlit as st

HERE = Path(__file__).parent
_IMPORT = re.compile(r'import \{ (\w+(?:, \w+)*) \} from "\./(\w+)\.js";\n')
_TOP = re.compile(rf"(?:(?://.*)?\n|{_IMPORT.pattern})*")
_EXPORT = re.compile(r"^export (?=(?:const|class|function) (\w+))", re.MULTILINE)
_MAIN = re.compile(r"^export default function\b", re.MULTILINE)


@cache
def component(name: str) -> Callable:
    """Register `<name>.js` with all it imports, and `<name>.css` if there is one; returns its mount function."""
    sheet = HERE / f"{name}.css"
    return st.components.v2.component(name, js=bundle(name), css=sheet.read_text() if sheet.exists() else None)


def bundle(name: str, folder: Path = HERE) -> str:
    """The main module `<name>.js` and all it imports as one module. Raises ValueError if a file breaks the rule."""
    exported: dict[str, list[str]] = {}
    scopes = []

    def add(module: str, importers: tuple[str, ...]) -> None:
        if module in importers:
            raise ValueError(f"Modules import one another in a circle: {' -> '.join((*importers, module))}.")
        if module in exported:
            return
        text = (folder / f"{module}.js").read_text()
        top = _TOP.match(text)[0]
        for names, other in _IMPORT.findall(top):
            add(other, (*importers, module))
            if missing := set(names.split(", ")) - set(exported[other]):
                raise ValueError(f"{module}.js imports {sorted(missing)}, which {other}.js does not export.")
        exported[module] = _EXPORT.findall(text, len(top))
        body = _EXPORT.sub("", text[len(top) :])
        if (mains := len(_MAIN.findall(body))) != (not importers):
            raise ValueError(f"{module}.js has {mains} default exports; a main module has one, any other none.")
        if beyond := re.search(r".*\b(?:import|export)\b.*", _MAIN.sub("", body)):
            raise ValueError(f"{module}.js breaks the rule of imports and exports: {beyond[0].strip()}")
        code = _IMPORT.sub(r"const { \1 } = $\2;\n", top) + body
        given = ", ".join(exported[module])
        scopes.append(f"const ${module} = (() => {{\n{code}return {{ {given} }};\n}})();\n" if importers else code)

    add(name, ())
    return "\n".join(scopes)


def pack(header: dict, **arrays: np.ndarray) -> bytes:
    """One byte string for `payload.js` to unpack.

    Streamlit passes bytes on unchanged only if they are all of `data`: within a dict they would become text.
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
    """A callback that does nothing: Streamlit creates a component's event only if a callback is given."""
