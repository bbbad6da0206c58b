"""What the Study page shows, for tests."""


def words(page) -> str:
    kinds = (page.title, page.subheader, page.markdown, page.caption, page.error, page.info, page.warning)
    return "\n".join([*(item.value for kind in kinds for item in kind), *(one.label for one in page.expander)])


def marks(page) -> str:
    """The grid as it is drawn."""
    return next(item.proto.body for item in page.get("html") if "study-cells" in item.proto.body)


def labels(page) -> list[str]:
    return [button.label for button in page.button]


def press(page, label: str):
    next(button for button in page.button if button.label == label).click()
    page.run()
    assert not page.exception, page.exception
    return page
