"""Runs whose snapshots hold images of a real dataset, and what the sheets on a page show."""

import json

import numpy as np
from made_runs import made_run

from ddcore.data.dataset import Dataset
from ddcore.files import write_json, write_npz
from ddcore.runs.folder import RunFolder


def set_run(name: str, dataset: Dataset, snapshots: dict[int, dict], **settings) -> RunFolder:
    """A finished run of `dataset` with these arrays in its snapshots, and no others."""
    run = made_run(name, "finished", **settings)
    config = run.config()
    known = {"name": dataset.name, "hash": dataset.hash, "classes": list(dataset.classes)}
    write_json(run.path / "config.json", config | {"dataset": config["dataset"] | known})
    for step in run.snapshot_steps():
        run.snapshot_path(step).unlink()
    for step, arrays in snapshots.items():
        write_npz(run.snapshot_path(step), step=np.array(step), **arrays)
    return run


def images_like(dataset: Dataset, ids: np.ndarray, noise: float = 0.0, seed: int = 0) -> dict[str, np.ndarray]:
    """The arrays of a full snapshot: training images `ids`, with noise (in normalised pixels)."""
    rng = np.random.default_rng(seed)
    images = (dataset.train.images[ids] / 255 - dataset.mean) / dataset.std
    images = images + noise * rng.normal(size=images.shape)
    view = np.rint(255 * np.clip(images * dataset.std + dataset.mean, 0, 1)).astype(np.uint8)
    stored = images.transpose(0, 3, 1, 2).astype(np.float32)
    return {"view": view, "classes": dataset.train.labels[ids], "images": stored}


def shown_rows(dataset: Dataset, view: np.ndarray) -> np.ndarray:
    """(M,D) float64: pictures (M,H,W,C) uint8 in normalised pixels."""
    return ((view / 255 - dataset.mean) / dataset.std).reshape(len(view), -1)


def of_classes(dataset: Dataset, each: int = 1) -> np.ndarray:
    """Ids of the first `each` training images of every class, in class order."""
    return np.concatenate([np.flatnonzero(dataset.train.labels == k)[:each] for k in range(dataset.num_classes)])


def sheets(app) -> list[dict]:
    """What each image sheet on the page shows: its captions, ids, and what else its header holds."""
    found = []
    for part in app.get("bidi_component"):
        if "image_sheet" in part.proto.component_name:
            data = part.proto.bytes
            size = int.from_bytes(data[:4], "little")
            header = json.loads(data[4 : 4 + size])
            place, kind, shape = header["arrays"]["ids"]
            ids = np.frombuffer(data, kind, shape[0], 4 + size + place)
            found.append(header | {"ids": ids.tolist()})
    return found


def real_ids(app) -> list[list[int]]:
    """The ids of the training images in each sheet that shows such, in order."""
    return [sheet["ids"] for sheet in sheets(app) if any("\nimage " in caption for caption in sheet["captions"])]
