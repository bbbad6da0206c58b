"""The worker with protocols of three epochs: `python short_worker.py FOLDER`."""

import sys
from dataclasses import replace

from ddcore.experiments import experiment
from ddcore.runs import worker
from ddcore.training import protocols
from ddcore.training.experts import ExpertSchedule


def shorten(set_item=dict.__setitem__):
    """Students and the network of all the data are trained for three epochs, or steps."""
    set_item(protocols.PROTOCOLS, "quick", replace(protocols.PROTOCOLS["quick"], epochs=3))
    set_item(experiment.FULL_SCHEDULES, "quick", ExpertSchedule(3))


if __name__ == "__main__":
    shorten()
    sys.exit(worker.main(sys.argv[1:]))
