"""The published datasets the explorer knows by name: what they contain, and the files that show their presence.

Sizes and class names as published; download sizes are those of the published archives. No imports beyond the standard
library and `places`: the server lists datasets without opening any.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from ddcore.places import data_root

_DIGITS = tuple("0123456789")
_FASHION = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
_CIFAR10 = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
_CIFAR100_NAMES = """apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly
    camel can castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile
    cup dinosaur dolphin elephant flatfish forest fox girl hamster house kangaroo keyboard lamp
    lawn_mower leopard lion lizard lobster man maple_tree motorcycle mountain mouse mushroom
    oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree plain plate poppy porcupine
    possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk skyscraper snail snake
    spider squirrel streetcar sunflower sweet_pepper table tank telephone television tiger tractor
    train trout tulip turtle wardrobe whale willow_tree wolf woman worm"""
_CIFAR100 = tuple(_CIFAR100_NAMES.split())
IMAGENETTE = {
    "n01440764": "tench", "n02102040": "English springer", "n02979186": "cassette player", "n03000684": "chain saw",
    "n03028079": "church", "n03394916": "French horn", "n03417042": "garbage truck", "n03425413": "gas pump",
    "n03445777": "golf ball", "n03888257": "parachute",
}  # fmt: skip
IMAGEWOOF = {
    "n02086240": "Shih-Tzu", "n02087394": "Rhodesian ridgeback", "n02088364": "beagle", "n02089973": "English foxhound",
    "n02093754": "Border terrier", "n02096294": "Australian terrier", "n02099601": "golden retriever",
    "n02105641": "Old English sheepdog", "n02111889": "Samoyed", "n02115641": "dingo",
}  # fmt: skip
"""WordNet number -> English name, in the order of the source."""
_IDX = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")


@dataclass(frozen=True)
class Entry:
    """A published dataset. `shape` is (C,H,W); `train` and `test` count images; `how` says how to get it.

    `download_bytes` is what a download transfers. `roots` are the folders below the data root in which torchvision's
    layout may lie (the first is where a download puts it), `files` what must be there. `archive`: (address, MD5 sum) of
    the one file that is kept and read as it is, its images resized to `shape`; other datasets are torchvision's.
    `classes` is empty where the names come with the data.
    """

    name: str
    title: str
    shape: tuple[int, int, int]
    classes: tuple[str, ...]
    train: int
    test: int
    flip: bool
    how: str
    download_bytes: int = 0
    roots: tuple[str, ...] = (".",)
    files: tuple[str, ...] = ()
    archive: tuple[str, str] | None = None
    num_classes: int = 0

    def __post_init__(self):
        object.__setattr__(self, "num_classes", self.num_classes or len(self.classes))

    @property
    def download_mb(self) -> float:
        return round(self.download_bytes / 1e6, 1)

    def raw_folder(self) -> Path | None:
        """torchvision's root folder of this dataset if all its files are there (existence only), else None."""
        for root in self.roots:
            folder = data_root() / root
            if self.files and all(os.access(folder / file, os.R_OK) for file in self.files):  # never raises
                return folder
        return None

    def own_entries(self) -> set[str]:
        """Names directly below the data root that belong to this dataset."""
        return {Path(root, file).parts[0] for root in self.roots for file in self.files}


def _downloaded(megabytes: float, source: str) -> str:
    return f"downloaded once on first use, about {megabytes:.0f} MB from {source}"


def _mnist_like(
    name: str, title: str, folder: str, classes: tuple[str, ...], flip: bool, size: int, source: str
) -> Entry:
    files = tuple(f"{folder}/raw/{file}" for file in _IDX)
    how = _downloaded(size / 1e6, source)
    return Entry(name, title, (1, 28, 28), classes, 60_000, 10_000, flip, how, size, files=files)


def _cifar(name: str, title: str, folder: str, classes: tuple[str, ...], members: tuple[str, ...], size: int) -> Entry:
    files = tuple(f"{folder}/{member}" for member in members)
    how = _downloaded(size / 1e6, "the University of Toronto")
    return Entry(name, title, (3, 32, 32), classes, 50_000, 10_000, True, how, size, files=files)


def _archived(
    name: str, title: str, side: int, classes: tuple[str, ...], num_classes: int, counts: tuple[int, int], size: int,
    source: str, archive: tuple[str, str],
) -> Entry:  # fmt: skip
    how, file = _downloaded(size / 1e6, source), archive[0].rpartition("/")[2]
    return Entry(
        name, title, (3, side, side), classes, *counts, True, how, size, files=(file,), archive=archive,
        num_classes=num_classes,
    )  # fmt: skip


_FAST_AI = "https://s3.amazonaws.com/fast-ai-imageclas"
_SVHN_BYTES = 182_040_794 + 64_275_384
_ENTRIES = (
    Entry("digits", "Digits (scikit-learn)", (1, 8, 8), _DIGITS, 1_438, 359, False, "included with scikit-learn"),
    _mnist_like("mnist", "MNIST", "MNIST", _DIGITS, False, 11_594_722, "the PyTorch mirror (ossci-datasets)"),
    _mnist_like("fashion-mnist", "Fashion-MNIST", "FashionMNIST", _FASHION, True, 30_878_645, "Zalando Research"),
    Entry(
        "svhn",
        "SVHN (cropped digits)",
        (3, 32, 32),
        _DIGITS,
        73_257,
        26_032,
        False,
        _downloaded(_SVHN_BYTES / 1e6, "Stanford University"),
        _SVHN_BYTES,
        roots=("SVHN", "."),
        files=("train_32x32.mat", "test_32x32.mat"),
    ),
    _cifar(
        "cifar10",
        "CIFAR-10",
        "cifar-10-batches-py",
        _CIFAR10,
        (*(f"data_batch_{i}" for i in range(1, 6)), "test_batch", "batches.meta"),
        170_498_071,
    ),
    _cifar("cifar100", "CIFAR-100", "cifar-100-python", _CIFAR100, ("train", "test", "meta"), 169_001_437),
    _archived(
        "tiny-imagenet",
        "Tiny-ImageNet",
        64,
        (),
        200,
        (100_000, 10_000),
        248_100_043,
        "Stanford University",
        ("http://cs231n.stanford.edu/tiny-imagenet-200.zip", "90528d7ca1a48142e341f4ef8d21d0de"),
    ),
    _archived(
        "imagenette",
        "ImageNette",
        128,
        tuple(IMAGENETTE.values()),
        10,
        (9_469, 3_925),
        99_003_388,
        "fast.ai",
        (f"{_FAST_AI}/imagenette2-160.tgz", "e793b78cc4c9e9a4ccc0c1155377a412"),
    ),
    _archived(
        "imagewoof",
        "ImageWoof",
        128,
        tuple(IMAGEWOOF.values()),
        10,
        (9_025, 3_929),
        92_612_825,
        "fast.ai",
        (f"{_FAST_AI}/imagewoof2-160.tgz", "3d200a7be99704a0d7509be2a9fbfe15"),
    ),
)
BUILT_IN: dict[str, Entry] = {entry.name: entry for entry in _ENTRIES}
