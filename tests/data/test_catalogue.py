"""The catalogue, uploads and forgetting; and that the server may import it."""

import io
import subprocess
import sys

import pytest

from ddcore.data.catalogue import BUILT_IN, add_upload, catalogue, forget
from ddcore.data.dataset import dataset_folder, open_dataset
from ddcore.data.loading import load_dataset
from ddcore.data.specs import find_hash
from ddcore.errors import BadInput
from ddcore.places import data_root, uploads_root

HEAVY = ("torch", "torchvision", "sklearn", "umap", "pyarrow", "streamlit", "scipy")


def listed(name):
    return next(info for info in catalogue() if info.name == name)


def test_the_server_may_import_it():
    code = "import sys, ddcore.data.catalogue as c; c.catalogue(); print([m for m in sys.argv[1:] if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code, *HEAVY], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_bare_machine():
    infos = catalogue()
    assert (
        [info.name for info in infos]
        == [*BUILT_IN]
        == [
            "digits",
            "mnist",
            "fashion-mnist",
            "svhn",
            "cifar10",
            "cifar100",
            "tiny-imagenet",
            "imagenette",
            "imagewoof",
        ]
    )
    assert [info.present for info in infos] == [True] + [False] * 8
    assert listed("cifar100").num_classes == 100
    assert listed("svhn").how == "downloaded once on first use, about 246 MB from Stanford University"
    assert all(info.hash is None and info.kind == "built-in" for info in infos)


def test_presence_is_seen_from_files(real_data, monkeypatch):
    monkeypatch.setenv("DDCORE_DATA", str(real_data))
    info = listed("fashion-mnist")
    assert info.present
    assert info.bytes_on_disk == 60_000 * 785 + 10_000 * 785 + 2 * 16 + 2 * 8
    assert not listed("cifar10").present


def test_a_prepared_built_in_is_listed_with_its_hash(digits):
    info = listed("digits")
    assert (info.hash, info.spec, info.classes) == (digits.hash, "digits", digits.classes)
    assert info.bytes_on_disk > 1797 * 64


def test_own_data_in_the_data_root(sources):
    data_root().mkdir()
    sources.folder(sources.members()).rename(data_root() / "pets")
    for name in (".incoming-mnist", "papers", "EMNIST", "cifar-10-batches-py"):
        (data_root() / name).mkdir()
    (data_root() / "papers" / "dm.pdf").write_bytes(b"")
    (data_root() / "cifar-10-batches-py" / "x.png").write_bytes(b"")
    (data_root() / "README.md").write_text("hello")
    info = catalogue()[-1]
    assert len(catalogue()) == len(BUILT_IN) + 1
    assert (info.name, info.spec, info.kind, info.present, info.hash) == ("pets", "pets", "own", True, None)
    assert info.bytes_on_disk > 0
    dataset = load_dataset(info.spec)
    info = catalogue()[-1]
    assert (info.hash, info.shape, info.classes, info.train, info.test) == (
        dataset.hash,
        (1, 8, 8),
        ("cat", "dog"),
        8,
        2,
    )
    assert find_hash(info.spec) == dataset.hash


def test_own_data_from_elsewhere_is_listed_and_can_be_forgotten(sources):
    path = sources.folder(sources.members())
    dataset = load_dataset(path)
    info = catalogue()[-1]
    assert (info.name, info.spec, info.origin, info.hash) == ("pets", "pets", str(path), dataset.hash)
    forget(dataset.hash)
    assert len(catalogue()) == len(BUILT_IN)
    assert find_hash(path) is None
    assert list(dataset_folder(dataset.hash).parent.iterdir()) == []
    assert load_dataset(path).hash == dataset.hash


def test_every_spec_listed_leads_to_its_dataset(sources):
    """Also where two folders of one name, or two sizes of one folder, are prepared."""
    for each, name in ((3, "one/pets"), (4, "two/pets"), (5, "three/mnist")):
        load_dataset(sources.folder(sources.members(each=each), name))
    load_dataset(sources.root / "one" / "pets", size=4)
    own = [info for info in catalogue() if info.kind == "own"]
    assert len(own) == 4
    for info in own:
        assert load_dataset(info.spec).hash == find_hash(info.spec) == info.hash


def test_forgetting_only_own_data(digits):
    with pytest.raises(BadInput, match="digits is a built-in dataset"):
        forget(digits.hash)
    with pytest.raises(BadInput, match="No prepared dataset has the hash '../x'"):
        forget("../x")
    assert open_dataset(digits.hash).name == "digits"


@pytest.mark.parametrize("wrap", [bytes, io.BytesIO])
def test_uploads_become_datasets(sources, wrap):
    data = sources.zip(sources.members()).read_bytes()
    spec = add_upload("My pets 2", wrap(data), ".zip")
    assert spec == "My pets 2.zip"
    assert (uploads_root() / spec).read_bytes() == data
    assert listed("My pets 2").spec == spec
    assert load_dataset(spec).classes == ("cat", "dog")


@pytest.mark.parametrize(
    ("name", "data", "suffix", "message"),
    [
        ("../pets", b"PK", ".zip", "name '../pets' is not allowed"),
        (".pets", b"PK", ".zip", "not allowed"),
        ("", b"PK", ".zip", "not allowed"),
        ("x" * 65, b"PK", ".zip", "not allowed"),
        ("pets", b"PK", ".rar", "ending in '.rar' cannot be added: allowed are .zip, .tar"),
        ("pets", b"MZ", ".zip", "is not a .zip file"),
        ("pets", b"", ".parquet", "is not a .parquet file"),
        ("CIFAR10", b"PK", ".npz", "exists already"),
        ("mnist", b"PK", ".npz", "exists already"),
        ("fashionmnist", b"PK", ".npz", "exists already"),
    ],
)
def test_uploads_that_are_refused(name, data, suffix, message):
    with pytest.raises(BadInput, match=message):
        add_upload(name, data, suffix)
    assert not uploads_root().exists()


def test_an_upload_never_replaces_another():
    add_upload("pets", b"PK 1", ".zip")
    for name, suffix in (("pets", ".zip"), ("Pets", ".npz")):
        with pytest.raises(BadInput, match="exists already"):
            add_upload(name, b"PK 2", suffix)
    assert (uploads_root() / "pets.zip").read_bytes() == b"PK 1"


def test_an_interrupted_upload_leaves_nothing():
    class Broken(io.BytesIO):
        def read(self, size=-1):
            if self.tell() >= 4:
                raise ConnectionResetError("gone")
            return super().read(4)

    with pytest.raises(ConnectionResetError):
        add_upload("pets", Broken(b"PK and more"), ".zip")
    assert list(uploads_root().iterdir()) == []


def test_a_resized_built_in_dataset_is_no_own_data():
    load_dataset("digits", 16)
    (resized,) = [info for info in catalogue() if info.spec == "digits-16"]
    assert (resized.title, resized.kind) == ("Digits (scikit-learn) at 16 pixels", "built-in")
    assert find_hash(resized.spec) == resized.hash
