"""Sampling rules that follow the synthetic set while it is distilled, one a file: every R steps they choose anew.

A follower is a frozen dataclass with `refresh_every` and `choose` (see `ddcore.sampling.pools`). Adding one is a file
and a line here; it is then a choice of real batches like any importance score.
"""

from ddcore.registry import Registry

FOLLOWERS = Registry(
    "sampling rule",
    {
        "student-loss": "ddcore.sampling.following.student_loss:StudentLoss",
        "representative": "ddcore.sampling.following.representative:Representative",
    },
)
WITHOUT_LAW = ("uniform", "representative")
"""Choices of real batches on which mode, uniform share, temperature and direction have no effect."""
