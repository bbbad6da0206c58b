"""Seeded computations give the numbers that an earlier commit gave (`golden.npz`, see `values.py`).

Bit for bit on the processor, threads and versions that the file was made with; elsewhere other kernels round
differently, a few steps carry that on, and numbers agree to one part in 500 of their range.
"""

from pathlib import Path

import numpy as np
import pytest
from golden.values import surroundings, values

KEPT = Path(__file__).with_name("golden.npz")
CLOSE = 2e-3  # of an array's largest number


@pytest.fixture(scope="module")
def golden():
    with np.load(KEPT, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


@pytest.mark.slow
def test_seeded_numbers_are_those_of_the_commit_before(golden, own_folders):
    found = values()
    same_machine = str(golden.pop("surroundings")) == surroundings()
    assert found.keys() == golden.keys()
    off = {}
    for name, before in golden.items():
        now = found[name]
        assert now.shape == before.shape, name
        if same_machine and not np.array_equal(now, before):
            off[name] = np.abs(np.asarray(now, float) - before).max()
        elif not same_machine and not name.startswith(("map", "features")):  # a layout has no bound on how it spreads
            scale = max(1e-12, np.abs(before).max())
            if np.abs(np.asarray(now, float) - before).max() > CLOSE * scale:
                off[name] = np.abs(np.asarray(now, float) - before).max() / scale
    assert not off
