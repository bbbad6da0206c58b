"""What a study found, as one file under a hash of everything that determined it (server side)."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ddcore.bench.settings import SCHEMES, BenchSettings
from ddcore.errors import BadInput
from ddcore.files import read_npz
from ddcore.kept import STUDIES

_ARRAYS = ("sizes", "errors", "pictures", "numbers", "labels")


@dataclass(frozen=True, eq=False)
class BenchResult:
    """The errors of a study, and the query at which each scheme's worst draw of each size was farthest off.

    `about`: dataset (its name), hash, total (its images), count (those of the study), classes, seconds.
    """

    settings: BenchSettings
    about: dict[str, Any]
    sizes: np.ndarray  # (M,) int64
    errors: np.ndarray  # (S, M, R) float64 in the order of SCHEMES; a deterministic scheme has R equal numbers
    pictures: np.ndarray  # (S, M, P, H, W, C) uint8: ridge: images that carry the cost; k-means: the query's centres
    numbers: np.ndarray  # (S, M, P, 2) shares of the full cost and of its estimate; NaN if there is no picture
    labels: np.ndarray  # (S, M, P) int64 classes of the images; -1 for centres

    def of(self, scheme: str) -> np.ndarray:
        """Errors (M, R) of one scheme."""
        return self.errors[SCHEMES.index(scheme)]

    @property
    def exact(self) -> bool:
        """Whether an error is the supremum over all queries, or only the worst one found."""
        return self.settings.cost == "ridge"


def result_path(dataset_hash: str, settings: BenchSettings) -> Path:
    """Where the result of this study is kept."""
    return STUDIES.path(dataset_hash, settings.named())


def write_result(path: Path, result: BenchResult) -> None:
    meta = json.dumps({"settings": result.settings.named(), "about": result.about})
    STUDIES.write(path, {"meta": np.array(meta)} | {name: getattr(result, name) for name in _ARRAYS})


def read_result(path: Path) -> BenchResult:
    """`BadInput` if the file is damaged or not a result."""
    try:
        return _understood(read_npz(path))
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise BadInput(f"The bench result {path} cannot be read ({error}); delete that file.") from error


def kept_result(path: Path) -> BenchResult | None:
    """The same; None if there is no result, or none that can be used: it is then measured again."""
    return STUDIES.read(path, _understood)


def _understood(arrays: dict[str, np.ndarray]) -> BenchResult:
    meta = json.loads(str(arrays["meta"]))
    return BenchResult(BenchSettings.of(meta["settings"]), meta["about"], *(arrays[name] for name in _ARRAYS))
