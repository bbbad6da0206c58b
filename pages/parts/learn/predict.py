"""What the lesson on choosing ten images says, and the digits that it shows."""

from ddcore.files import read_npz
from pages.parts.browser.component import pack
from pages.parts.browser.learn import Check, Lesson, Progress
from pages.parts.routes import EXAMPLES, offer


def _digits() -> bytes:
    """What `examples/record_lessons.py` made, for the browser."""
    arrays = read_npz(EXAMPLES / "lesson-digits.npz")
    header = {name: array.item() for name, array in arrays.items() if array.ndim == 0}
    images = {name: array for name, array in arrays.items() if array.ndim > 0}
    return pack(header, **images)


PREDICT = Lesson(
    name="predict",
    title="Predict and reveal",
    question="Which ten images would you keep?",
    intro="Choose one image of each digit. A small model then learns from your ten alone and names digits it has never "
    "seen. Can you beat random choice, importance and distillation?",
    controls=(),
    number="Your ten",
    caption="Ten images to keep, one of each digit; once revealed, a bar is the share of 359 test digits that kernel "
    "ridge regression on ten images names correctly.",
    help="The model is the closed form f(x) = k(x, S)(K + r)⁻¹y on pixels, with a Gaussian kernel. It learns in your "
    "browser, by the library's formulas. Random, important and typical images come from the sheet you chose from; the "
    "distilled ones were made from all training images for this very model, with the test digits unseen. One digit "
    "is 0.3 points. Your choice cannot be changed after the reveal, as it would then fit the test digits.",
    check=Check(
        "One image has to stand for all others of its digit. Which does that worst?",
        (
            "The most typical one, nearest to the mean of its digit",
            "The most important one, which no large sample may miss",
            "One drawn at random",
        ),
        1,
        "A high score says that an image is unlike the others. A large weighted sample must not miss it, but alone it "
        "teaches the wrong shape. Typical images teach more, and distilled ones, which need not be real, teach most.",
    ),
    actions={"reveal": "Reveal"},
    again="New candidates",
    progress=Progress(
        "chosen",
        "[0-6-]{10}|[0-6]{10}r",
        "ten places from 0 to 6, one for each digit or - for none, as 3---------, and r once revealed",
    ),
    address=offer(_digits()),
)
