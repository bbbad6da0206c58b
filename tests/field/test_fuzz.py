"""Changed and random files, odd arrays and tables through `load_dataset`: a dataset, or a refusal in one line."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from .case import Case, Opens, Refused, judge
from .fuzzing import BOUNDED, JSONS, ODD, SHORT, SOURCES, Y, changed, own_folder
from .hostile_cases import described, header
from .writing import Make, classes, npy_bytes, npz_bytes, one_file, parquet, picture, rows, tree, zip_bytes

DTYPES = ["|u1", "<f8", ">i2", "|b1", "|O", "<U3", "V9"]


def check(make: Make, *allowed: Opens | Refused, **options: Any) -> None:
    """What a source comes to is a dataset whose report adds up, or one printable line that leaves nothing behind."""
    with own_folder() as folder:
        assert judge(Case("fuzz", make, allowed or (Opens(), Refused()), options), folder) == ""


@pytest.mark.parametrize("name", SOURCES)
@BOUNDED
@given(data=st.data())
def test_a_changed_file_opens_or_is_refused(name: str, data: st.DataObject):
    check(one_file(name, data.draw(changed(SOURCES[name]))))


@pytest.mark.parametrize("name", [*SOURCES, "pets.tar.xz", "pets.pth", "pets.csv", "pets"])
@SHORT
@given(content=st.binary(max_size=200), marked=st.booleans())
def test_random_bytes_are_refused(name: str, content: bytes, marked: bool):
    start = SOURCES[name][:8] if marked and name in SOURCES else b""
    check(one_file(name, start + content), Refused())


@BOUNDED
@given(data=st.data())
def test_a_changed_picture_is_read_or_named(data: st.DataObject):
    kind = data.draw(st.sampled_from(["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM"]))
    check(tree(classes(), {f"cat/x.{kind.lower()}": data.draw(changed(picture(9, kind=kind)))}), size=8)


@BOUNDED
@given(shape=st.text("0123456789,-() TrueNone.e", max_size=20), descr=st.sampled_from(DTYPES))
@example(shape="True, 8, 8", descr="|u1")
def test_an_array_with_any_header_opens_or_is_refused(shape: str, descr: str):
    members = {"images.npy": described(f"({shape})", repr(descr)), "labels.npy": npy_bytes(Y)}
    check(one_file("pets.npz", zip_bytes(members)))


@BOUNDED
@given(text=st.text(max_size=60))
def test_an_array_with_any_text_for_its_header_opens_or_is_refused(text: str):
    check(one_file("pets.npz", zip_bytes({"images.npy": header(text), "labels.npy": npy_bytes(Y)})))


@BOUNDED
@given(data=st.data())
def test_arrays_of_any_kind_open_or_are_refused(data: st.DataObject):
    shapes = arrays_of.array_shapes(min_dims=0, max_dims=5, min_side=0, max_side=6)
    images, labels = (data.draw(arrays_of.arrays(arrays_of.scalar_dtypes(), shapes)) for _ in range(2))
    names = data.draw(st.sampled_from([("images", "labels"), ("x_train", "y_train"), ("X", "y")]))
    check(one_file("pets.npz", npz_bytes(**dict(zip(names, (images, labels), strict=True)))))


@BOUNDED
@given(labels=st.lists(st.one_of(st.text(max_size=5), st.sampled_from(ODD)), min_size=2, max_size=3))
def test_labels_of_any_text_open_or_are_refused(labels: list[str]):
    check(parquet({"image": [picture(20 * i) for i in range(len(labels))] * 5, "label": labels * 5}))


@BOUNDED
@given(about=JSONS, level=st.integers(0, 3))
def test_features_of_any_form_open_or_are_refused(about: Any, level: int):
    for key in ("names", "label", "features")[3 - level :]:
        about = {key: about}
    numbers = {"image": rows()["image"], "label": [0] * 5 + [1] * 5}
    check(parquet(numbers, json.dumps({"info": about}).encode()))


@BOUNDED
@given(data=st.data())
def test_a_table_of_any_text_opens_or_is_refused(data: st.DataObject):
    table = "file,label\n" + "".join(f"{i}.png,{'cat' if i < 5 else 'dog'}\n" for i in range(10))
    content = data.draw(
        st.one_of(changed(table.encode()), st.text("01.png,\"'\n\r\t;a\0", max_size=60).map(str.encode))
    )
    check(tree({f"{i}.png": picture(i) for i in range(10)}, {"labels.csv": content}))


@BOUNDED
@given(names=st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12), max_size=4))
def test_names_of_any_text_in_a_zip_open_or_are_refused(names: list[str]):
    check(one_file("pets.zip", zip_bytes(classes() | {name: picture(9) for name in names})))
