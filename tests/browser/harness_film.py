"""The map of a real dataset with runs on it: what is drawn is the npz that DDCORE_HARNESS names.

Parameters of the address: `pair` adds the second run, `only=n` draws n images, `x`, `y`, `zoom` and `chosen` (ids, with
commas) are a view and a selection as an address holds them, `plain` leaves both to the map, `nofilm` is without runs,
`flat=r` divides all y by r, `near=r` brings the real images nearer to their middle, `fill` lets the map fill its frame.
"""

import os

import numpy as np
import streamlit as st

from ddcore.figures.colours import class_colours
from pages.parts.browser.film import Film, Trails
from pages.parts.browser.point_map import FILTERED, FULL, OTHERS, RING, Captions, View, point_map

st.set_page_config(page_title="Harness", layout="wide")
asked, held = st.query_params, st.session_state
held.runs = held.get("runs", 0) + 1
known = dict(np.load(os.environ["DDCORE_HARNESS"]))
ids, labels = known["ids"], known["labels"]
dark = st.context.theme.type == "dark"
left, right = st.columns([3, 1])
with right:
    other = st.checkbox("Other places")
    filtered = st.checkbox("Only even classes")
    focus = st.checkbox("Others grey")
    greyed = st.checkbox("All grey")
    st.button("Undo", on_click=lambda: held.update(held.get("earlier", {})))
    st.button("Nothing changes")
shown = ids[: int(asked.get("only", len(ids)))]
order = np.argsort(-shown)  # image 0 on top
ids, labels = shown[order], labels[shown[order]]
form = np.where(labels == 8, RING, FULL)
form = np.where(focus & (labels > 4), OTHERS, form)
form = np.where(filtered & (labels % 2 == 1), FILTERED, form)
colours = class_colours(dark=dark)
flat = np.array([1, 1 / float(asked.get("flat", 1))])
places_of = {name: known[name].mean(0) + float(asked.get("near", 1)) * (known[name] - known[name].mean(0))
             for name in ("xy", "other")}  # fmt: skip
trails = []
for place in range(2 if "pair" in asked else 1):
    classes = known[f"classes{place}"]
    trails.append(
        Trails(
            str(known[f"run{place}"]), known["steps"].tolist(), known[f"film{place}"] * flat, known[f"odd{place}"],
            classes, [colours[k] for k in classes], f"/frame/{known[f'run{place}']}/", tuple(known["tile"].tolist()),
            len(np.unique(classes)), int(np.bincount(classes).max()),
        )
    )  # fmt: skip
if "view" not in held:
    held.view = View(*(float(asked[name]) for name in ("x", "y", "zoom"))) if "zoom" in asked else None
    held.chosen = np.array([int(i) for i in asked["chosen"].split(",")]) if "chosen" in asked else None
agreed = {} if "plain" in asked else {"view": held.view, "selection": held.chosen}
with left:
    event = point_map(
        places_of["other" if other else "xy"][ids] * flat, ids, np.full(len(ids), 10) if greyed else labels, colours,
        key="film", form=form, thumbs=f"/thumb/{known['hash']}/", highlight=[int(known["ids"][0])],
        captions=Captions([f"class {k}" for k in range(10)], labels),
        film=None if "nofilm" in asked else Film(trails), within=int((form != FILTERED).sum()) if filtered else None,
        fill="fill" in asked, **agreed,
    )  # fmt: skip
now = {"view": event.view, "chosen": event.selected}
if repr(now) != repr({name: held[name] for name in now}):
    held.earlier = {name: held[name] for name in now}
    held.update(now)
if event.clicked is not None:
    held.clicked = event.clicked
with right:
    st.text(f"selected: {[] if event.selected is None else event.selected.tolist()}")
    st.text(f"view: {None if event.view is None else [float(number) for number in event.view]}")
    st.text(f"clicked: {held.get('clicked')}")
    st.text(f"runs: {held.runs}")
