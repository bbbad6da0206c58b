"""What the lesson on how a distiller works says."""

from pages.parts.browser.learn import Check, Control, Lesson, Progress

_NUMBER = r"-?\d{1,4}(\.\d{1,6})?"

DISTILLER = Lesson(
    name="distiller",
    title="A distiller at work",
    question="How does a distiller move its points?",
    intro="A few synthetic points learn to stand for 240 real ones. Press the four parts of a step in turn and watch "
    "what each does; then let it run. You can also drag a synthetic point.",
    controls=(
        Control("ipc", "Synthetic points per class", (1, 2, 3, 4, 5), 3),
        Control("draw", "Real batches are drawn", ("uniform", "importance"), "uniform", ("uniformly", "by importance")),
        Control("rate", "Step size", (0.003, 0.01, 0.03, 0.1), 0.03),
    ),
    number="Test accuracy after learning from the synthetic points",
    caption="Small marks are real points, large ones synthetic. Each shade is the class that a classifier, trained on "
    "the synthetic points alone, gives to that place.",
    help="A step of distribution matching. Sample draws 16 real points of each class. Match draws 60 random features, "
    "cos(v·x + b), and takes their mean over the batch and over the synthetic points; the loss is the squared distance "
    "of these means, summed over classes. Update moves each point against its gradient, without momentum. Evaluate "
    "trains kernel ridge regression on the synthetic points and tests it on 240 other points, which choose nothing. "
    "Importance is k-means sensitivity within a class; a point drawn with probability p counts 1/(80 p) times, so the "
    "target is right on average. Where your system asks for reduced motion, Play is off: use 20 steps.",
    check=Check(
        "Press Match twice. The points have not moved, yet the loss is another. Why?",
        (
            "Each match draws new random features, so each loss is an estimate",
            "The classifier has been trained again",
            "The first match has already used up its batch",
        ),
        0,
        "Each step sees the points through new random features and a new batch. A single step is noisy, "
        "but the points settle where the means agree under most features.",
    ),
    actions={
        "sample": "1. Sample", "match": "2. Match", "update": "3. Update", "evaluate": "4. Evaluate",
        "twenty": "20 steps", "play": "Play or pause",
    },
    again="New start",
    points=3,
    times="ipc",
    progress=Progress(
        "at",
        rf"\d{{1,6}}_\d{{1,10}}(_{_NUMBER}_{_NUMBER}){{%(points)d}}",
        "steps, state of the random numbers, and two numbers for each synthetic point, as this page writes them",
    ),
)  # fmt: skip
