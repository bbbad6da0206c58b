"""One published method a file; one line here makes it known everywhere (command line, forms, tests)."""

from ddcore.registry import Registry

DISTILLERS = Registry(
    "distiller",
    {
        "dm": "ddcore.distillers.dm:DistributionMatching",
        "kip": "ddcore.distillers.kip:KernelInducingPoints",
        "select": "ddcore.distillers.select:Selection",
    },
)
