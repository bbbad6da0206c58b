"""What the lesson on sensitivity says."""

from pages.parts.browser.learn import Check, Control, Lesson

SENSITIVITY = Lesson(
    name="sensitivity",
    title="Sensitivity",
    question="Which points could change the answer most?",
    intro="The sensitivity of a point is the largest share of the total cost it can have, over all answers. "
    "Points of high sensitivity are drawn more often. Drag a point away from the others and watch it grow.",
    controls=(
        Control(
            "score", "Cost", ("kmeans", "ridge"), "kmeans", ("k-means clustering", "ridge regression of the shape")
        ),
        Control("k", "Number of centres k", tuple(range(1, 9)), 3, when=("score", "kmeans")),
        Control(
            "ridge", "Ridge λ", (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0), 0.1, when=("score", "ridge")
        ),
        Control(
            "temperature", "Temperature", tuple(step / 10 for step in range(0, 41)), 1.0,
            help="Scores are raised to this power; 0 is uniform sampling.",
        ),
    ),
    number="The most sensitive point is drawn",
    caption="Area and colour show how often each point is drawn; all points have the same area under uniform sampling.",
    help="k-means: each point keeps its smallest bound over ten random sets of centres; rings mark the cheapest set, "
    "and lines lead to its centres. Ridge regression: circles and squares are the two labels; the dashed line is where "
    "the fit changes sign. Very rare points are drawn larger than their share, so that they can be seen.",
    check=Check(
        "A single point lies far from all others. What does uniform sampling do with it?",
        (
            "It draws it as rarely as any other point, though it may hold most of the cost",
            "It draws it more often, because it is far away",
            "It never draws it",
        ),
        0,
        "Uniform sampling does not see where a point lies. A sample without this point can miss most of the cost, "
        "so sensitivity sampling draws it more often and gives it a smaller weight.",
    ),
    points=45,
)  # fmt: skip
