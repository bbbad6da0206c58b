"""Arrays as published and as people save them: npz, npy pairs, and PyTorch files."""

import collections
from typing import Any

import numpy as np
import torch

from .case import Case, Opens, Refused
from .writing import (
    Make,
    arrays,
    classes,
    labels_follow_pixels,
    npy_bytes,
    npz,
    npz_bytes,
    one_file,
    pt_bytes,
    tar_bytes,
    tree,
    zipped,
)

X, Y = arrays(4)
VX, VY = arrays(3, first=200)
TX, TY = arrays(2, first=100)
COLOUR, _ = arrays(4, shape=(8, 8, 3))
TEST_COLOUR, _ = arrays(2, first=100, shape=(8, 8, 3))
OWN_X, OWN_Y = arrays()
NAMES = np.array(["cat", "dog"])
INTEGERS = Opens(None, 8, 4)
OWN = Opens(None, 8, 2, says=("split: 20",))
PETS = Opens(("cat", "dog"), 8, 2, pixels=labels_follow_pixels())


def grouped(dataset: Any) -> bool:
    """Whether each image by `arrays` still has its label: values below 20 are class 0."""
    parts = (dataset.train, dataset.test)
    return all(((part.images[:, 0, 0, 0] % 100 >= 20) == part.labels).all() for part in parts)


def shaped(*shape: int) -> Any:
    return lambda dataset: dataset.train.images.shape[1:] == dataset.test.images.shape[1:] == shape


def published(train: str, test: str) -> dict[str, Any]:
    """Arrays by names in which {} is what there is of images and of labels, as in "x|y_train"."""
    (image, label), (test_image, test_label) = (text.split("|") for text in (train, test))
    return {image: X, label: Y, test_image: TX, test_label: TY}


MEDMNIST = {
    "train_images": X, "train_labels": Y[:, None], "val_images": VX, "val_labels": VY[:, None],
    "test_images": TX, "test_labels": TY[:, None],
}  # fmt: skip

NPZ = [
    Case("MedMNIST", npz("pneumoniamnist.npz", **MEDMNIST), Opens(None, 8, 4, says=("val", "6"), pixels=grouped)),
    Case("MedMNIST in colour", npz(**MEDMNIST | {"train_images": COLOUR, "test_images": TEST_COLOUR,
         "val_images": np.repeat(VX[..., None], 3, -1)}), Opens(None, 8, 4, pixels=shaped(8, 8, 3))),
    Case("MedMNIST without its validation part", npz(**{k: a for k, a in MEDMNIST.items() if "val" not in k}),
         INTEGERS),
    Case("Keras: x_train, y_train, x_test, y_test", npz("mnist.npz", **published("x_train|y_train", "x_test|y_test")),
         Opens(None, 8, 4, pixels=grouped)),
    Case("Keras colour with labels in a column", npz(x_train=COLOUR, y_train=Y[:, None], x_test=TEST_COLOUR,
         y_test=TY[:, None]),
         Opens(None, 8, 4, pixels=shaped(8, 8, 3))),
    Case("npz: X_train, y_train, X_test, y_test", npz(**published("X_train|y_train", "X_test|y_test")), INTEGERS),
    Case("npz: train_images, train_labels, test_images, test_labels",
         npz(**published("train_images|train_labels", "test_images|test_labels")), INTEGERS),
    Case("npz: train_x, train_y, test_x, test_y", npz(**published("train_x|train_y", "test_x|test_y")), INTEGERS),
    Case("npz: train_data, train_labels, test_data, test_labels",
         npz(**published("train_data|train_labels", "test_data|test_labels")), INTEGERS),
    Case("npz: X and y", npz(X=OWN_X, y=OWN_Y), OWN),
    Case("npz: x and y", npz(x=OWN_X, y=OWN_Y), OWN),
    Case("npz: images and labels", npz(images=OWN_X, labels=OWN_Y), Opens(None, 8, 2, says=("split: 20",),
         pixels=grouped)),
    Case("npz: data and labels", npz(data=OWN_X, labels=OWN_Y), OWN),
    Case("npz: data and target", npz(data=OWN_X, target=OWN_Y), OWN),
    Case("npz: images, labels, test_images, test_labels, classes",
         npz(images=X, labels=Y, test_images=TX, test_labels=TY, classes=NAMES), Opens(("cat", "dog"), 8, 4,
         pixels=labels_follow_pixels())),
    Case("npz: images, labels and classes", npz(images=OWN_X, labels=OWN_Y, classes=NAMES), PETS),
    Case("npz that is compressed", lambda folder: compressed(folder / "pets.npz"), OWN),
    Case("npz of labels in text", npz(images=OWN_X, labels=NAMES[OWN_Y]), PETS),
    Case("npz of labels in bytes", npz(images=OWN_X, labels=NAMES[OWN_Y].astype("S")), (PETS, Refused())),
    Case("npz of labels from 1", npz(images=OWN_X, labels=OWN_Y + 1), Opens(("1", "2"), 8, 2, pixels=grouped)),
    Case("npz of labels as whole floats", npz(images=OWN_X, labels=OWN_Y.astype(float)), (OWN, Refused("labels"))),
    Case("npz of one channel at the end", npz(images=OWN_X[..., None], labels=OWN_Y), Opens(None, 8, 2,
         pixels=shaped(8, 8, 1))),
    Case("npz in Fortran order", npz(images=np.asfortranarray(OWN_X), labels=OWN_Y), Opens(None, 8, 2, pixels=grouped)),
    Case("npz from a big-endian machine", npz(images=OWN_X.astype(">u2"), labels=OWN_Y.astype(">i8")), Opens(None, 8,
         2, pixels=grouped)),
    Case("npz of images wider than high", npz(images=np.repeat(OWN_X, 2, 2), labels=OWN_Y), Opens(None, 8, 2,
         pixels=shaped(8, 16, 1))),
    Case("npz with a date and a text beside", npz(images=OWN_X, labels=OWN_Y, made=np.array("2024-01-01"),
         version=np.array(3)), OWN),
    Case("npz of images of 300 by 300", npz(images=np.zeros((4, 300, 300), np.uint8), labels=[0, 0, 1, 1]),
         Refused("--size", "300")),
    Case("npz of images of 300 by 300, with a size", npz(images=np.arange(10 * 300 * 300).reshape(10, 300, 300) % 251,
         labels=[0, 1] * 5),
         Opens(None, 8, 2, pixels=shaped(8, 8, 1)), {"size": 8}),
    Case("a zip of npz", zipped({"pets.npz": npz_bytes(images=OWN_X, labels=OWN_Y)}), OWN),
    Case("a tar of npz", one_file("pets.tar", tar_bytes({"pets/pets.npz": npz_bytes(images=OWN_X, labels=OWN_Y)})),
         OWN),
    Case("a folder of npz", tree({"pets.npz": npz_bytes(images=OWN_X, labels=OWN_Y), "README.md": b"x"}),
         Opens(None, 8, 2, left_out={"md": 1})),
]  # fmt: skip


def compressed(path):
    np.savez_compressed(path, images=OWN_X, labels=OWN_Y)
    return path


def saved(**files: Any) -> dict[str, bytes]:
    return {f"{name}.npy": npy_bytes(array) for name, array in files.items()}


FOUR = {"x_train": X, "y_train": Y, "x_test": TX, "y_test": TY}
NPY = [
    Case("X.npy and y.npy", tree(saved(X=OWN_X, y=OWN_Y)), OWN),
    Case("images.npy and labels.npy", tree(saved(images=OWN_X, labels=OWN_Y)), Opens(None, 8, 2, pixels=grouped)),
    Case("data.npy and target.npy", tree(saved(data=OWN_X, target=OWN_Y)), OWN),
    Case("X_train.npy, y_train.npy, X_test.npy, y_test.npy", tree(saved(X_train=X, y_train=Y, X_test=TX, y_test=TY)),
         INTEGERS),
    Case("x_train.npy, y_train.npy and x_val.npy, y_val.npy", tree(saved(x_train=X, y_train=Y, x_val=TX, y_val=TY)),
         Opens(None, 8, 4, says=("split: val",))),
    Case("train_images.npy and the other three", tree(saved(train_images=X, train_labels=Y, test_images=TX,
         test_labels=TY)), INTEGERS),
    Case("a zip of x_train.npy and the other three", zipped(saved(**FOUR)), INTEGERS),
    Case("a zip of one folder of X.npy and y.npy", zipped({f"pets/{k}": v for k, v in saved(X=OWN_X,
         y=OWN_Y).items()}), OWN),
    Case("a tar of images.npy and labels.npy", one_file("pets.tar.gz", tar_bytes(saved(images=OWN_X, labels=OWN_Y),
         "w:gz")), OWN),
    Case("X.npy without y.npy", tree(saved(X=OWN_X)), Refused()),
    Case("x_test.npy and y_test.npy alone", tree(saved(x_test=TX, y_test=TY)), Refused("test|train")),
    Case("X.npy and y.npy of unlike lengths", tree(saved(X=OWN_X, y=OWN_Y[:7])), Refused("10", "7")),
    Case("a single .npy", one_file("X.npy", npy_bytes(OWN_X)), Refused("X.npy")),
    Case("y.npy of objects", tree({"X.npy": npy_bytes(OWN_X), "y.npy": npy_bytes(np.array([{}] * 10), pickled=True)}),
         Refused("y.npy")),
]  # fmt: skip


def pt(content: Any, name: str = "pets.pt", **save: Any) -> Make:
    return one_file(name, pt_bytes(content, **save))


TORCH = torch.from_numpy
TENSORS = {"images": TORCH(OWN_X), "labels": TORCH(OWN_Y)}
CHANNELS = {"images": TORCH(COLOUR).permute(0, 3, 1, 2), "labels": TORCH(Y)}
PT = [
    Case("a .pt of images and labels", pt(TENSORS), Opens(None, 8, 2, says=("split: 20",), pixels=grouped)),
    Case("a .pth of images and labels", pt(TENSORS, "pets.pth"), OWN),
    Case("a .pt of a pair of tensors", pt((TORCH(OWN_X), TORCH(OWN_Y))), Opens(None, 8, 2, pixels=grouped)),
    Case("a .pt of a list of two tensors", pt([TORCH(OWN_X), TORCH(OWN_Y)]), (OWN, Refused())),
    Case("a .pt of data and targets", pt({"data": TORCH(OWN_X), "target": TORCH(OWN_Y)}), OWN),
    Case("a .pt of x_train and the other three", pt({name: TORCH(array) for name, array in FOUR.items()}), INTEGERS),
    Case("a .pt of (N,H,W,C)", pt({"images": TORCH(COLOUR), "labels": TORCH(Y)}), Opens(None, None, None,
         pixels=shaped(8, 8, 3))),
    Case("a .pt of (N,3,H,W)", pt(CHANNELS), Opens(None, None, None, pixels=shaped(8, 8, 3))),
    Case("a .pt of (N,1,H,W)", pt(TENSORS | {"images": TORCH(OWN_X)[:, None]}), Opens(None, 8, 2, pixels=shaped(8, 8,
         1))),
    Case("a .pt of flat images of 64 pixels", pt(TENSORS | {"images": TORCH(OWN_X).reshape(10, 64)}), Opens(None, 8, 2,
         pixels=shaped(8, 8, 1))),
    Case("a .pt of flat images of 60 pixels", pt(TENSORS | {"images": TORCH(OWN_X).reshape(10, 64)[:, :60]}),
         Refused("60")),
    Case("a .pt of five channels", pt(TENSORS | {"images": torch.zeros(10, 5, 8, 8)}), Refused("5")),
    Case("a .pt of floats from 0 to 1", pt(TENSORS | {"images": TORCH(OWN_X) / 255}), Opens(None, 8, 2,
         pixels=grouped)),
    Case("a .pt of half floats", pt(TENSORS | {"images": (TORCH(OWN_X) > 99).half()}), Opens(None, 8, 2)),
    Case("a .pt of bfloat16", pt(TENSORS | {"images": (TORCH(OWN_X) > 99).bfloat16()}), (Opens(None, 8, 2), Refused())),
    Case("a .pt of normalised floats", pt(TENSORS | {"images": TORCH(OWN_X) / 64 - 2}), Opens(None, 8, 2)),
    Case("a .pt of tensors that are views", pt(TENSORS | {"images": TORCH(np.repeat(OWN_X, 2, 0))[::2]}), Opens(None,
         8, 2, pixels=grouped)),
    Case("a .pt of tensors with gradients", pt(TENSORS | {"images": (TORCH(OWN_X) / 255).requires_grad_()}),
         Opens(None, 8, 2, pixels=grouped)),
    Case("a .pt of the old format", pt(TENSORS, _use_new_zipfile_serialization=False), OWN),
    Case("an ordered dictionary of tensors", pt(collections.OrderedDict(TENSORS)), (OWN, Refused())),
    Case("a zip of a .pt", zipped({"pets/pets.pt": pt_bytes(TENSORS)}), OWN),
    Case("a folder of a .pt", tree({"pets.pt": pt_bytes(TENSORS)}), OWN),
    Case("a .pt of a TensorDataset", pt(torch.utils.data.TensorDataset(TORCH(OWN_X), TORCH(OWN_Y))),
         Refused("pets.pt")),
    Case("a .pt of one tensor", pt(TORCH(OWN_X)), Refused()),
    Case("a .pt of a network's weights", pt(torch.nn.Linear(2, 2).state_dict()), Refused()),
    Case("a .pt of a whole network", pt(torch.nn.Linear(2, 2)), Refused("pets.pt")),
    Case("a .pt of one-hot labels", pt(TENSORS | {"labels": torch.eye(2)[TORCH(OWN_Y)]}),
         Refused("10, 2|10x2|10 x 2|10 × 2")),
    Case("a .pt of labels too short", pt(TENSORS | {"labels": TORCH(OWN_Y)[:7]}), Refused("10", "7")),
    Case("a .pt of a sparse tensor", pt(TENSORS | {"images": (TORCH(OWN_X) / 255).to_sparse()}), (Opens(None, 8, 2),
         Refused())),
]  # fmt: skip

MIXED = [
    Case("class folders beside an npz", tree(classes(), {"pets.npz": npz_bytes(images=OWN_X, labels=OWN_Y)}),
         (Opens(("cat", "dog"), 8, 2, says=(".npz",)), Refused())),
    Case("two npz that are no splits", tree({f"{n}.npz": npz_bytes(images=OWN_X, labels=OWN_Y) for n in ("cats",
         "dogs")}),
         (Opens(), Refused())),
]  # fmt: skip

CASES = NPZ + NPY + PT + MIXED
