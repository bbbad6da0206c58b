"""One published method a file; one line here makes it known everywhere (command line, forms, tests)."""

from ddcore.registry import Registry

DISTILLERS = Registry(
    "distiller",
    {
        "dm": "ddcore.distillers.dm:DistributionMatching",
        "frepo": "ddcore.distillers.frepo:NeuralFeatureRegression",
        "kip": "ddcore.distillers.kip:KernelInducingPoints",
        "rfad": "ddcore.distillers.rfad:RandomFeatureDistillation",
        "select": "ddcore.distillers.select:Selection",
    },
)
