"""The known datasets: whether each is on this computer, and how to get it."""

import streamlit as st

from ddcore.data.catalogue import DatasetInfo
from ddcore.runs.folder import job_folder
from ddcore.runs.removal import removable_source
from pages.parts.dataset_choice import datasets, preparation
from pages.parts.library.preparing import (
    forget_options,
    is_beside_form,
    is_prepared,
    options_in_row,
    prepare_in_row,
    prepared,
)
from pages.parts.library.report import show_report
from pages.parts.library.rows import heading, removal, row
from pages.parts.library.run_table import ask, times_asked
from pages.parts.words import megabytes, plain

_HEADINGS = ("Status", "Dataset", "Images", "Classes", "On disk", "")
_WIDTHS = [1.5, 2.1, 1.6, 1.3, 0.8, 1.9]


def show_datasets() -> None:
    """Draw a row per dataset, with the progress of preparing it below."""
    known = datasets()
    bases = [info for info in known if info.kind != "variant"]
    here = sum(info.hash is not None for info in bases)
    made = len(known) - len(bases)
    variants = f"{made} variant{'s' if made > 1 else ''} of them, " if made else ""
    total = megabytes(sum(info.bytes_on_disk for info in known))
    st.caption(f"{len(bases)} datasets known, {here} ready, {variants}{total} on disk.")
    with st.container(border=True):
        heading(_WIDTHS, _HEADINGS)
        for info in known:
            _row(info)


def _row(info: DatasetInfo) -> None:
    key = info.hash or info.spec
    with st.container(key=f"dataset-{key}"):
        status, about, images, classes, disk, actions = row(_WIDTHS)
        word, colour = _state(info)
        status.badge(word, color=colour)
        own = " · your own" if info.kind == "own" else ""
        about.markdown(f"**{plain(info.title)}**{own}  \n:small[:gray[{plain(_sentence(info.how))}]]")
        with images:
            st.markdown(_images(info))
            show_report(info, key)
        if info.classes:
            with classes.popover(f"{info.num_classes} classes", key=f"classes-{key}"):
                st.markdown(" · ".join(map(plain, info.classes)))
        disk.markdown(f":small[{megabytes(info.bytes_on_disk) if info.bytes_on_disk else '–'}]")
        with actions.container(horizontal=True, vertical_alignment="center", gap="small"):
            started = _actions(info, key)
        if info.hash is None or options_in_row(info.spec):
            _progress(info, started)


def _state(info: DatasetInfo) -> tuple[str, str]:
    if info.hash:
        return "✔ ready", "green"
    if _job_state(info) == "failed":
        return "✖ failed", "red"
    return ("○ on this computer", "gray") if info.present else ("↓ to download", "gray")


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _images(info: DatasetInfo) -> str:
    if not info.train or not info.shape:
        return ":small[:gray[known once prepared]]"
    channels, height, width = info.shape
    colour = "colour" if channels == 3 else "grey"
    return f"{info.train:,} + {info.test:,} test  \n:small[:gray[{width}×{height} {colour}]]"


def _actions(info: DatasetInfo, key: str) -> bool:
    """Draw the buttons of a row; returns whether preparing has just been requested."""
    started = False
    if info.hash:
        _link(info)
    elif _job_state(info) in (None, "finished") and not is_beside_form(info.spec):
        download = {"label": f"Download {info.download_mb:.0f} MB", "icon": ":material/download:"}
        started = st.button(key=f"get-{key}", **({"label": "Prepare"} if info.present else download))
    removable = info.kind == "own" and removable_source(info.spec) is not None
    forgettable = info.hash and info.kind in ("own", "variant")
    copied = info.hash is not None and info.source is not None
    if forgettable or removable or copied:
        with st.popover("More", key=f"more-{key}-{times_asked()}", help="Copy, remove or delete"):
            if copied:
                _mirrored_copy(info, key)
            if forgettable:
                st.button(
                    key=f"forget-{key}", on_click=ask, args=("forget", info.hash), **removal("Remove prepared copy …")
                )
            if removable:
                st.button(
                    key=f"remove-{key}", on_click=ask, args=("remove file", info.spec), **removal("Delete the file …")
                )
    return started


def _mirrored_copy(info: DatasetInfo, key: str) -> None:
    """Offer the dataset with the other choice of mirroring: it is another dataset, with scores and runs of its own."""
    other = "off" if info.flip else "on"
    options = info.reading | {"flip": other}
    st.button(
        f"Prepare with mirroring {other}", key=f"mirror-{key}", on_click=prepare_in_row, args=(info.spec, options),
        help="Training may mirror images left to right; digits and letters change their meaning in a mirror.",
    )  # fmt: skip


def _link(info: DatasetInfo) -> None:
    """Link to Explore, which shows a variant by its base; no link if the base has been removed."""
    if info.kind != "variant":
        st.page_link("explore.py", label="Explore →", query_params={"dataset": info.spec})
    elif info.base is not None:
        st.page_link("explore.py", label="Explore →", query_params={"dataset": info.base, "variant": info.variant})


def _settings(info: DatasetInfo) -> dict:
    options = options_in_row(info.spec)
    return preparation(info.source if options and info.source else info.spec, **options)


def _job_state(info: DatasetInfo) -> str | None:
    """State of the job that prepares it; None if there is none."""
    job = job_folder("prepare", _settings(info))
    return job.state() if (job.path / "config.json").exists() else None


def _progress(info: DatasetInfo, started: bool) -> None:
    """Show the progress of preparing, or why it failed. A finished job whose result was removed is not restarted."""
    if is_beside_form(info.spec):
        st.caption("Progress is under “Add your own data” below.")
        return
    state = _job_state(info)
    started = started or (info.hash is not None and state is None)  # a copy was asked for
    if not started and (state is None or (state == "finished" and not is_prepared(_settings(info)))):
        return
    label = f"Preparing {info.title}" if info.present else f"Downloading {info.title}"
    if prepared(_settings(info), label):
        forget_options(info.spec)
        st.rerun()
    if info.hash is not None:
        st.button("Dismiss", key=f"dismiss-{info.hash}", on_click=forget_options, args=(info.spec,), type="tertiary")
