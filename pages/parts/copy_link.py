"""Copy link: in the frame of every page, at the top right, where it takes no room from the page."""

import streamlit as st

from pages.parts.address import of_link
from pages.parts.browser.copy_link import link_button


def copy_link() -> None:
    """Draw the button, once the page has run and written its address."""
    extra, left_out = of_link()
    note = ""
    if left_out:
        note = f"The link leaves out {' and '.join(left_out)}, too many for an address: save and send them as a file."
    with st.container(key="copy-link-place"):
        link_button(extra, note)
