"""Tables of pictures and their labels: Parquet, CSV and TSV, and the two small ImageNets as they are downloaded."""

import json
from typing import Any

from .case import Case, Opens, Refused
from .writing import (
    FOLLOW,
    Make,
    Members,
    classes,
    labels_follow_pixels,
    one_file,
    parquet,
    parquet_bytes,
    picture,
    rows,
    tar_bytes,
    tree,
    zipped,
)

PETS = ("cat", "dog")
OPENS = Opens(PETS, 8, 2, pixels=FOLLOW)
ROWS = rows()
BYTES = [cell["bytes"] for cell in ROWS["image"]]
LABELS = ROWS["label"]
NUMBERS = [PETS.index(label) for label in LABELS]


def features(names: Any = PETS, label: str = "label") -> bytes:
    """What Hugging Face writes about a column of labels and one of images."""
    about = {"image": {"_type": "Image"}, label: {"names": names, "_type": "ClassLabel"}}
    return json.dumps({"info": {"features": about}}).encode()


PARQUET = [
    *(Case(f"Parquet column {name} of pictures", parquet(rows(image=name)), OPENS)
      for name in ("image", "img", "pixel_values", "jpg", "png", "picture")),
    *(Case(f"Parquet column {name} of labels", parquet(rows(label=name)), OPENS)
      for name in ("label", "labels", "fine_label", "target", "cls", "class", "y")),
    Case("Parquet with columns in capitals", parquet(rows(image="Image", label="Label")), (OPENS, Refused("Image"))),
    Case("Parquet of bare bytes", parquet({"image": BYTES, "label": LABELS}), OPENS),
    Case("Hugging Face with names of its classes", parquet({"image": ROWS["image"], "label": NUMBERS}, features()),
         OPENS),
    Case("Hugging Face with a name that no picture has", parquet({"image": ROWS["image"], "label": NUMBERS},
         features((*PETS, "emu"))),
         Opens(PETS, 8, 2, says=("emu|1",), pixels=FOLLOW)),
    Case("Parquet with columns beside", parquet(ROWS | {"width": [8] * 10, "caption": ["x"] * 10}), OPENS),
    Case("CIFAR-100 with fine and coarse labels", parquet(rows(label="fine_label") | {"coarse_label": ["pet"] * 10}),
         (OPENS, Refused("--label-column|Label column"))),
    Case("two columns of labels that nobody knows", parquet(rows(label="breed") | {"owner": LABELS[::-1]}),
         Refused("--label-column|Label column")),
    Case("two known columns of labels", parquet(ROWS | {"target": LABELS[::-1]}),
         Refused("--label-column|Label column")),
    Case("two known columns of labels, one chosen", parquet(ROWS | {"target": LABELS[::-1]}), OPENS,
         {"label_column": "label"}),
    Case("fine and coarse labels, fine chosen", parquet(rows(label="fine_label") | {"coarse_label": ["pet",
         "wild"] * 5}), OPENS,
         {"label_column": "fine_label"}),
    Case("fine and coarse labels, coarse chosen", parquet(rows(label="fine_label") | {"coarse_label": ["pet",
         "wild"] * 5}),
         Opens(("pet", "wild"), 8, 2), {"label_column": "coarse_label"}),
    Case("a column of labels that nobody knows, chosen", parquet(rows(label="breed") | {"owner": LABELS[::-1]}), OPENS,
         {"label_column": "breed"}),
    Case("two columns of pictures", parquet(ROWS | {"img": ROWS["image"][::-1]}),
         Refused("--image-column|Image column")),
    Case("two columns of pictures, one chosen", parquet(ROWS | {"img": ROWS["image"][::-1]}), OPENS,
         {"image_column": "image"}),
    Case("a column of pictures that nobody knows, chosen", parquet(rows(image="photo") | {"thumb": ROWS["image"]}),
         OPENS, {"image_column": "photo"}),
    Case("a label column that is not there", parquet(ROWS), Refused("colour"), {"label_column": "colour"}),
    Case("an image column that is not there", parquet(ROWS), Refused("photo"), {"image_column": "photo"}),
    Case("an image column of text", parquet(ROWS | {"caption": ["x"] * 10}), Refused("caption"),
         {"image_column": "caption"}),
    Case("Parquet of text alone", parquet({"caption": ["x"] * 10, "label": LABELS}), Refused()),
    Case("Parquet of pictures alone", parquet({"image": ROWS["image"]}), Refused()),
    Case("a folder of two Parquet files without a split", tree({"a.parquet": parquet_bytes(rows(3)),
         "b.parquet": parquet_bytes(rows(2, 3))}), OPENS),
    Case("a zip of Parquet", zipped({"data/a.parquet": parquet_bytes(ROWS)}), OPENS),
    Case("a tar of Parquet", one_file("pets.tar", tar_bytes({"a.parquet": parquet_bytes(ROWS)})), OPENS),
    Case("Parquet files whose columns differ", tree({"a.parquet": parquet_bytes(rows(3)),
         "b.parquet": parquet_bytes(rows(2, 3, label="breed"))}),
         (Opens(PETS), Refused("b.parquet"))),
]  # fmt: skip

VALUES = [0, 1, 2, 3, 4, 20, 21, 22, 23, 24]
FLAT = {f"{v}.png": picture(v) for v in VALUES}
IN_IMAGES = {f"images/{path}": content for path, content in FLAT.items()}


def written(header: str, line: str, name: str = "labels.csv", values: list[int] = VALUES, end: str = "\n") -> Members:
    """A table with a line for each value; in `line`, {v} is the value and {c} the class."""
    lines = [line.format(v=v, c=PETS[v // 20], k=v // 20) for v in values]
    return {name: (end.join([header, *lines]) + end).encode()}


def flat(*table: Any, **options: Any) -> Make:
    return tree(FLAT, written(*table, **options))


CSV = [
    Case("labels.csv with filename and label", flat("filename,label", "{v}.png,{c}"), OPENS),
    Case("labels.tsv", flat("filename\tlabel", "{v}.png\t{c}", "labels.tsv"), OPENS),
    Case("kaggle: id and breed, without the suffix", tree(IN_IMAGES, written("id,breed", "{v},{c}")), OPENS),
    Case("a table of paths", tree(IN_IMAGES, written("path,label", "images/{v}.png,{c}")), OPENS),
    Case("a table of paths with a ./ before", tree(IN_IMAGES, written("path,label", "./images/{v}.png,{c}")), (OPENS,
         Refused())),
    Case("a table of names for pictures in a folder", tree(IN_IMAGES, written("image,label", "{v}.png,{c}")), OPENS),
    Case("a table with the label first", flat("class,file", "{c},{v}.png"), OPENS),
    Case("a table with quotes and commas", tree(FLAT, {"labels.csv": b"file,label\n" + b"".join(
        b'"%d.png","%s"\n' % (v, b"a, cat" if v < 20 else b'a ""dog""') for v in VALUES)}), Opens(('a "dog"',
        "a, cat"), 8, 2)),
    Case("a table from Excel with a mark at its start", flat("\ufefffilename,label", "{v}.png,{c}"), OPENS),
    Case("a table with Windows line ends", flat("filename,label", "{v}.png,{c}", end="\r\n"), OPENS),
    Case("a table with empty lines at its end", tree(FLAT, {"t.csv": written("f,label",
         "{v}.png,{c}")["labels.csv"] + b"\n\n"}), OPENS),
    Case("a table with a column beside the label", flat("filename,width,label", "{v}.png,8,{c}"), OPENS),
    Case("a table of two columns that may be labels", flat("filename,breed,owner", "{v}.png,{c},x{v}"),
         Refused("--label-column|Label column")),
    Case("a table of two columns that may be labels, one chosen", flat("filename,breed,owner", "{v}.png,{c},x{v}"),
         OPENS, {"label_column": "breed"}),
    Case("a table with two columns of files, one chosen", flat("a,b,label", "{v}.png,{v}.png,{c}"), OPENS,
         {"image_column": "a"}),
    Case("a table whose label column is not there", flat("filename,label", "{v}.png,{c}"), Refused("colour"),
         {"label_column": "colour"}),
    Case("a table of numbers for labels", flat("filename,label", "{v}.png,{k}"), Opens(None, 8, 2)),
    Case("a table with a picture that is missing", flat("filename,label", "{v}.png,{c}", values=[*VALUES, 39]),
         Refused("39.png")),
    Case("a table with two pictures that are missing", flat("filename,label", "{v}.png,{c}", values=[*VALUES, 19, 39]),
         Refused("19.png", "39.png")),
    Case("three pictures without a row", tree(FLAT, {f"{v}.png": picture(v) for v in (90, 91, 92)},
         written("filename,label", "{v}.png,{c}")),
         Opens(PETS, 8, 2, says=("3",), pixels=FOLLOW)),
    Case("a table that says two things of one picture", tree(FLAT, {"t.csv": written("f,label",
         "{v}.png,{c}")["labels.csv"] + b"0.png,dog\n"}), Refused("0.png")),
    Case("a table that matches no picture", flat("filename,label", "x{v}.gif,{c}"), Refused()),
    Case("a table of its header alone", tree(FLAT, {"labels.csv": b"filename,label\n"}), Refused()),
    Case("an empty table", tree(FLAT, {"labels.csv": b""}), Refused()),
    Case("a table with rows that are too short", tree(FLAT, {"labels.csv": written("filename,label",
         "{v}.png,{c}")["labels.csv"] + b"9.png\n"}), Refused()),
    Case("a table with an empty label", flat("filename,label", "{v}.png,", values=VALUES), Refused()),
    Case("a zip of pictures and a table", zipped(IN_IMAGES, written("image,label", "{v}.png,{c}")), OPENS),
    Case("a tar of pictures and a table", one_file("pets.tgz", tar_bytes(FLAT | written("image,label", "{v}.png,{c}"),
         "w:gz")), OPENS),
    Case("a zip of one folder of pictures and a table", zipped({f"pets/{k}": v for k,
         v in (IN_IMAGES | written("id,breed", "{v},{c}")).items()}), OPENS),
    Case("class folders beside a table about them", tree(classes(), {"metadata.csv": b"file,label\n" + b"".join(
        b"%s/%d.png,%s\n" % (name, i, name) for name in (b"cat", b"dog") for i in range(5))}), OPENS),
]  # fmt: skip

WNIDS = ("n02", "n10", "n01")
WORDS = ("newt", "lion", "goldfish")


def tiny_imagenet(prefix: str = "") -> Members:
    """Three classes of four training and two validation pictures, and five unlabelled ones, as the zip has them."""
    members = {"wnids.txt": "\n".join(WNIDS).encode(), "words.txt": b"".join(
        b"%s\t%s, a thing\n" % (n.encode(), w.encode()) for n, w in zip((*WNIDS, "n99"), (*WORDS, "emu"),
        strict=True))}  # fmt: skip
    annotations = []
    for k, wnid in enumerate(WNIDS):
        members |= {f"train/{wnid}/images/{wnid}_{i}.JPEG": picture(20 * k + i, colour=True) for i in range(4)}
        members[f"train/{wnid}/{wnid}_boxes.txt"] = b"x.JPEG\t0\t0\t7\t7\n"
        for i in range(2):
            members[f"val/images/val_{i * 3 + k}.JPEG"] = picture(100 + 20 * k + i, colour=True)
            annotations.append(f"val_{i * 3 + k}.JPEG\t{wnid}\t0\t0\t7\t7")
    members["val/val_annotations.txt"] = "\n".join(annotations).encode()
    members |= {f"test/images/test_{i}.JPEG": picture(200 + i, colour=True) for i in range(5)}
    return {prefix + path: content for path, content in members.items()}


def in_order_of_wnids(dataset: Any) -> bool:
    """Whether classes stand as in wnids.txt, by their words or their numbers, and each picture in its own."""
    named = all(wnid in name or word in name
                for name, wnid, word in zip(dataset.classes, WNIDS, WORDS, strict=True))  # fmt: skip
    parts = (dataset.train, dataset.test)
    return named and all((part.images[:, 0, 0, 0] % 100 // 20 == part.labels).all() for part in parts)


def imagenette() -> Members:
    sets = [("train", 0, 4), ("val", 100, 2)]
    pictures = {f"imagenette2/{part}/{wnid}/{wnid}_{i}.JPEG": picture(first + 20 * k + i, colour=True)
                for part, first, each in sets for k, wnid in enumerate(("n01440764",
         "n02102040")) for i in range(each)}  # fmt: skip
    lines = [f"{path.removeprefix('imagenette2/')},{path.split('/')[2]}" for path in pictures]
    return pictures | {"imagenette2/noisy_imagenette.csv": "\n".join(["path,noisy_labels_0", *lines]).encode()}


TINY = Opens(None, 12, 6, says=("5",), pixels=in_order_of_wnids)
NETTE = Opens(None, 8, 4, says=("split: val",), pixels=labels_follow_pixels(("tench", "English springer")))
IMAGENETS = [
    Case("Tiny-ImageNet as downloaded", zipped(tiny_imagenet("tiny-imagenet-200/"), name="tiny-imagenet-200.zip"),
         TINY),
    Case("Tiny-ImageNet, unpacked", tree(tiny_imagenet(), name="tiny-imagenet-200"), TINY),
    Case("ImageNette as downloaded", one_file("imagenette2.tgz", tar_bytes(imagenette(), "w:gz")), NETTE),
    Case("ImageNette, unpacked", tree(imagenette()), NETTE),
]  # fmt: skip

CASES = PARQUET + CSV + IMAGENETS
