"""`schema`: every registry's names and parameter fields, from which forms follow."""

import argparse

from ddcore.commands import print_json
from ddcore.distillers import DISTILLERS
from ddcore.experiments.presets import presets
from ddcore.experiments.settings import OWN_INIT_SCORE, DistillSettings
from ddcore.importance import SCORES
from ddcore.initialisers import INITIALISERS
from ddcore.networks import NETWORKS
from ddcore.networks.compute import available_devices
from ddcore.parameters import schema as fields_of
from ddcore.sampling.following import FOLLOWERS


def schema_arguments(parser: argparse.ArgumentParser) -> None:
    pass


def schema(options: argparse.Namespace) -> None:
    """Always JSON, with or without `--json`."""
    print_json(
        {
            "scores": SCORES.schema(),
            "followers": FOLLOWERS.schema(),
            "initialisers": INITIALISERS.schema(),
            "distillers": DISTILLERS.schema(),
            "networks": NETWORKS.schema(),
            "settings": fields_of(DistillSettings),
            "own_initialiser": {name: DISTILLERS.about(name).init for name in DISTILLERS.names()},
            "own_init_score": OWN_INIT_SCORE,
            "own_parameters": {name: DISTILLERS.about(name).usual for name in DISTILLERS.names()},
            "presets": presets(),
            "devices": available_devices(),
        }
    )
