"""What the lesson on rare points says."""

from pages.parts.browser.learn import Check, Control, Lesson

RARE = Lesson(
    name="rare",
    title="Rare points",
    question="Why does uniform sampling fail on rare points?",
    intro="Of 1,000 points a few lie far away, in the dashed ring. Both samples have the same number of draws. "
    "Move the sliders until uniform sampling misses the ring, then draw again.",
    controls=(
        Control("rare", "Rare points, of 1,000", (1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100), 10),
        Control("draws", "Draws", (5, 10, 15, 20, 30, 50, 70, 100, 150, 200), 50),
        Control(
            "score",
            "Importance",
            ("lightweight", "kmeans"),
            "lightweight",
            ("lightweight score", "k-means sensitivity"),
        ),
    ),
    number="Chance that a sample misses every rare point",
    caption="Each disc is a drawn point, its area is its weight; each bar counts samples by the cost they estimate, "
    "the sum of squared distances to the cross, in multiples of the true cost.",
    help="A point drawn with probability p counts 1/(m p) times in a sample of m draws, so both samples are right on "
    "average. The chance of missing the ring is (1 − P)^m, where P is the probability of the whole ring. "
    "The lightweight score is half uniform, half by squared distance to the mean of all points. k-means sensitivity "
    "bounds the largest share of the cost that a point can have, with one centre anywhere. The cross is not the mean: "
    "both scores serve every centre.",
    check=Check(
        "10 of 1,000 points are rare. 50 uniform draws miss them all 60.5 % of the time. How often do 100 draws?",
        (
            "30.3 %: twice as many draws halve the chance",
            "36.6 %: both halves of the sample have to miss them",
            "60.5 %: the rare points are as rare as before",
        ),
        1,
        "0.605 × 0.605 = 0.366. The chance falls by the same factor with every 50 draws. "
        "Importance sampling draws the ring more often instead, with smaller weights.",
    ),
    again="Draw again",
)
