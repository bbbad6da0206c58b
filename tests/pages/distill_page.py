"""The page Distill as tests read it."""

from ddcore.experiments.resolving import resolve

START = "Start distilling"
ESTIMATE = "Estimate time and memory"


def button(app, label):
    return next(found for found in app.button if found.label.startswith(label))


def labels(app):
    return [found.label for found in app.button]


def text(app):
    kinds = (app.markdown, app.caption, app.info, app.warning, app.error, app.header)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


def settings_of(app, **changes):
    quick = resolve({"dataset": "digits"}, "quick")
    dm = {"batch_real": 64, "lr_images": 1.0, "momentum": 0.5, "real_precision": "float32", "compile": "off"}
    return quick | dm | {"coreset_size": 300} | changes
