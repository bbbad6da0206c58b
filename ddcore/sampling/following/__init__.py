"""Sampling rules, one per file: they choose what batches come from, once or, to follow the synthetic set, repeatedly.

A rule is a frozen dataclass with `choose` (see `ddcore.sampling.pools`). Adding one is a file and its entry here; it is
then a choice of real batches like any importance score.
"""

from ddcore.methods import About, Registry, RuleAbout

FOLLOWERS = Registry(
    "sampling rule",
    RuleAbout,
    {
        "student-loss": (
            "ddcore.sampling.following.student_loss:StudentLoss",
            RuleAbout(
                "loss of the current student",
                about="an image's loss under a student of the current synthetic set, computed again every few steps",
                brief="student loss",
                by_itself=About("loss of its own predictor", brief="predictor loss"),
                student=("student_steps",),
            ),
        ),
        "representative": (
            "ddcore.sampling.following.representative:Representative",
            RuleAbout(
                "representative images (DREAM)",
                about="whether an image is nearest to a k-means centre in the current network's features, chosen "
                "again every few steps: the strongest rival of importance",
                law=False,
            ),
        ),
        "stratified": (
            "ddcore.sampling.following.stratified:Stratified",
            RuleAbout(
                "groups of similar images (stratified)",
                about="one image from each of as many equal groups of similar images as a batch has of a class: all "
                "images are drawn equally often, and batches differ less",
                brief="stratified by similarity",
                law=False,
            ),
        ),
    },
)
