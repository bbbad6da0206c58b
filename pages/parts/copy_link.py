"""Copy link: in the frame of every page, at the top right, where it takes no room from the page."""

import streamlit as st

from pages.parts.address import of_link
from pages.parts.browser.copy_link import link_button


def copy_link() -> None:
    """Draw the button, once the page has run and written its address."""
    extra, lacks = of_link()
    with st.container(key="copy-link-place"):
        link_button(extra, " ".join(lacks))
