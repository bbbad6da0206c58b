"""The button that copies the page's address, for a colleague or for later."""

from pages.parts.browser.component import component


def link_button(extra: dict[str, str], note: str, label: str = "Copy link", *, bar: bool = True) -> None:
    """Draw it. The link is the browser's address without the door's token, and with the names and values of `extra`.

    `note` says what the link leaves out; "" if it holds everything. Two buttons of a page differ in their `label`.
    In the `bar` above a page it has no room for words on a phone.
    """
    key = label.lower().replace(" ", "-")
    component("copy_link")(key=key, data={"extra": extra, "note": note, "label": label, "bar": bar})
