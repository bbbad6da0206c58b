"""What the lesson on what distillation is says, and the recorded run that it shows."""

import numpy as np

from ddcore.files import read_npz
from ddcore.runs.folder import RunFolder
from ddcore.runs.naming import snapshot_name
from pages.parts.browser.component import pack
from pages.parts.browser.learn import Check, Control, Lesson
from pages.parts.routes import EXAMPLES, offer
from pages.parts.run_history import RunHistory

RUN = RunFolder(EXAMPLES / "20261122-234745-fashion-mnist-dm-ipc1-f4c2")
STEPS = (0, 20, 40, 60, 100, 160, 240, 320, 400)  # at all of these the run measured its accuracy


def _recorded() -> bytes:
    """The run's images and accuracies at `STEPS`, with what they are compared with, for the browser."""
    history, config = RunHistory(RUN).update(), RUN.config()
    header = {
        "steps": STEPS,
        "accuracies": [history.accuracy[step]._asdict() for step in STEPS],
        "random": history.baselines["random"]._asdict(),
        "full": history.baselines["full"]._asdict(),
        "classes": config["dataset"]["classes"],
        "side": config["dataset"]["shape"][1],
        "train": config["dataset"]["train"],
    }
    images = np.stack([read_npz(RUN.path / "snapshots" / snapshot_name(step))["view"] for step in STEPS])
    return pack(header, images=images)


DISTILLATION = Lesson(
    name="distillation",
    title="Distillation",
    question="Can ten images replace 60,000?",
    intro="Dataset distillation learns a few images that teach a network what a large dataset teaches it. "
    "Move the slider: noise turns into one image of each kind of clothing.",
    controls=(Control("step", "Distillation step", STEPS, 0),),
    number="Test accuracy of a network trained on these ten images",
    caption="Top: the ten distilled images at this step. Bottom: the share of 10,000 test images that networks name "
    "correctly after training on them, on real images, or on the whole dataset; the line marks guessing.",
    help="A recorded run on Fashion-MNIST: distribution matching, one image per class, 400 steps from noise, with real "
    "batches drawn by importance. Every stop of the slider was measured: by five networks at the first and last "
    "step, by one in between. ± is the standard deviation over networks. Training is short, so this is not the best "
    "a network can do. Distilled images need not look real: they are made to teach.",
    check=Check(
        "How are the ten distilled images made?",
        (
            "The ten most typical images are picked from the dataset",
            "Their pixels are changed step by step until they teach as the dataset does",
            "The images of each class are averaged",
        ),
        1,
        "Every pixel is learned, starting from noise here. No image of the dataset is among the ten, and they teach "
        "more than ten random real images do, though less than all 60,000.",
    ),
    again="",
    address=offer(_recorded()),
)
