"""The button that copies the page's address, for a colleague or for later."""

from pages.parts.browser.component import component


def link_button(extra: dict[str, str], note: str) -> None:
    """Draw it. The link is the browser's address without the door's token, and with the names and values of `extra`.

    `note` says what the link leaves out; "" if it holds everything.
    """
    component("copy_link")(key="copy-link", data={"extra": extra, "note": note})
