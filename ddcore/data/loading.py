"""From a dataset's name or path to the dataset, prepared on first use (worker side: reads, decodes, downloads)."""

from pathlib import Path

from ddcore.data import downloads, specs
from ddcore.data.builtin import BUILT_IN
from ddcore.data.dataset import Dataset, Split, materialise, open_dataset
from ddcore.data.sources.contents import Contents
from ddcore.data.variants import Variant
from ddcore.errors import BadInput
from ddcore.progress import Progress, silent


def load_dataset(
    spec: str | Path,
    size: int | None = None,
    progress: Progress = silent,
    download: bool = True,
    variant: str | None = None,
) -> Dataset:
    """The dataset that `spec` stands for (see `specs.locate`), prepared in the cache.

    `size`: scale each image's shorter side to so many pixels and crop the centre. `download`: whether a published
    dataset that is not there may be fetched. `variant`: text of a change of its training set (see `variants`). Raises
    `BadInput` (unknown name, malformed source or variant), `downloads.DownloadFailed`, and what `progress` raises.
    """
    wanted = None if variant is None else Variant.parse(variant)
    specs.check_size(size)
    base = _load_base(spec, size, progress, download)
    return base if wanted is None else _load_variant(base, wanted, progress, download)


def _load_variant(base: Dataset, variant: Variant, progress: Progress, download: bool) -> Dataset:
    if base.variant is not None:
        raise BadInput(f"{base.name} is already a variant ({base.variant}): make {variant} from its base dataset.")
    known = specs.find_variant(base.hash, variant)
    if known:
        return open_dataset(known)
    others = None if variant.source is None else _load_base(variant.source, None, progress, download)
    if others is not None and others.hash == base.hash:
        raise BadInput(f"variant={str(variant)!r} takes its outliers from {base.name} itself: name another dataset.")
    from ddcore.data.planting import plant

    progress(0, 0, f"making the variant {variant}")
    train, change = plant(variant, base, None if others is None else others.train.images)
    progress(0, 0, "storing the prepared images")
    dataset = materialise(
        f"{base.name}-{variant.slug}", train, base.test, base.classes, base.origin, base.flip, split=base.split,
        kind="variant", change=change,
    )  # fmt: skip
    specs.remember(specs.variant_mark(base.hash, variant, None if others is None else others.hash), dataset.hash)
    return dataset


def _load_base(spec: str | Path, size: int | None, progress: Progress, download: bool) -> Dataset:
    place = specs.locate(spec)
    if place.hash:
        if size is not None:
            raise BadInput(f"{spec} is prepared already: to prepare it with size {size}, give its folder or file.")
        return open_dataset(place.hash)
    mark = specs.fingerprint(place, size)
    known = specs.prepared_hash(mark)
    if known:
        return open_dataset(known)
    contents = (
        _read_built_in(place.name, size, progress, download)
        if place.path is None
        else _read_own(place.kind, place.path, size, progress)
    )
    progress(0, 0, "storing the prepared images")
    entry = BUILT_IN.get(place.name) if place.path is None else None
    dataset = materialise(
        f"{place.name}-{size}" if contents.resized else place.name,
        contents.train,
        contents.test,
        contents.classes,
        origin=entry.title if entry else str(place.path),
        flip=entry.flip if entry else True,
        split=contents.split,
        kind="built-in" if entry else "own",
    )
    specs.remember(mark, dataset.hash)
    return dataset


def _read_own(kind: str, path: Path, size: int | None, progress: Progress) -> Contents:
    if kind == "folder":
        from ddcore.data.sources.class_folders import read
    elif kind == "zip":
        from ddcore.data.sources.archive import read
    elif kind == "npz":
        from ddcore.data.sources.npz import read
    else:
        from ddcore.data.sources.parquet import read
    return read(path, size, progress)


def _read_built_in(name: str, size: int | None, progress: Progress, download: bool) -> Contents:
    from ddcore.data.sources.images import resize_all

    if name == "digits":
        from ddcore.data.sources import digits

        contents = digits.read()
    else:
        contents = _read_published(name, progress, download)
    train, test = (resize_all(split.images, size, progress) for split in (contents.train, contents.test))
    resized = train is not contents.train.images
    return Contents(
        Split(train, contents.train.labels),
        Split(test, contents.test.labels),
        contents.classes,
        resized,
        contents.split,
    )


def _read_published(name: str, progress: Progress, download: bool) -> Contents:
    from ddcore.data.sources import published

    entry = BUILT_IN[name]
    root = entry.raw_folder()
    if root is None:
        if not download:
            raise BadInput(f"{entry.title} is not on this computer: it is {entry.how}.")
        downloads.download(name, progress)
        root = entry.raw_folder()
        assert root is not None  # it was downloaded
    progress(0, 0, f"reading {entry.title}")
    return published.read(name, root)
