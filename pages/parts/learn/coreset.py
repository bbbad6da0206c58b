"""What the lesson on coresets says."""

from pages.parts.browser.learn import Check, Control, Lesson

CORESET = Lesson(
    name="coreset",
    title="Coreset",
    question="Can a few weighted points stand for all of them?",
    intro="A coreset is a small weighted sample whose cost is close to the cost of all points, wherever you put the "
    "centres. Change its size and how it is drawn, and drag the centres to where it fails.",
    controls=(
        Control("m", "Points in the coreset m", (10, 20, 30, 40, 60, 80, 120, 160), 40),
        Control("scheme", "Points are drawn", ("kmeans", "uniform"), "uniform", ("by sensitivity", "uniformly")),
        Control("k", "Number of centres k", tuple(range(1, 6)), 3),
    ),
    again="Draw again",
    points=1,
    times="k",
    number="Worst cost error found for this coreset",
    caption="Top: the area of a coreset point is its weight. Bottom: worst cost errors of 60 coresets drawn each way; "
    "the circle is the one above, bars are medians.",
    help="The k-means cost is the sum of squared distances to the nearest centre. The error is that of the coreset's "
    "weighted cost against the cost of all points, at the worst of 200 sets of k centres: half lie anywhere, half are "
    "D²-samples of the points. It is the worst found, so the true worst error can be larger. Both ways to draw use the "
    "same random numbers; a point drawn with probability p weighs 1/(m p).",
    check=Check(
        "With k = 3, why is a uniform sample of 40 points often far off?",
        (
            "40 points are too few for any coreset of 400",
            "It usually has neither of the two far points, or counts one ten times",
            "Its weights do not add up to 400",
        ),
        1,
        "With a centre in each large group, the two far points hold almost half of the cost. A uniform sample of 40 "
        "misses both in four of five draws. Set k to 2: the far points matter less, and uniform sampling does better.",
    ),
)
