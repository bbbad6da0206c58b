"""From a dataset's name or path to the dataset, prepared on first use (worker side: reads, decodes, downloads)."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ddcore.data import downloads, specs
from ddcore.data.builtin import BUILT_IN, Entry
from ddcore.data.dataset import Dataset, Split, is_prepared, materialise, open_dataset
from ddcore.data.reading import Reading, asked_of, flip_of, options_in, slug_of
from ddcore.data.report import Report
from ddcore.data.sources.contents import Contents
from ddcore.data.variants import Variant
from ddcore.errors import LONGEST, BadInput, shortened
from ddcore.progress import Progress, silent


def load_dataset(
    spec: str | Path,
    size: int | None = None,
    progress: Progress = silent,
    download: bool = True,
    variant: str | None = None,
    **options: Any,
) -> Dataset:
    """The dataset that `spec` stands for (see `specs.locate`), prepared in the cache.

    `size` and `options` say how a source is read: they are the fields of `Reading`. `download`: whether a published
    dataset that is not there may be fetched. `variant`: text of a change of its training set (see `variants`). Raises
    `BadInput` (unknown name, malformed source or variant), `downloads.DownloadFailed`, and what `progress` raises.
    """
    wanted = None if variant is None else Variant.parse(variant)
    base = _load_base(spec, Reading(size=size, **options), progress, download)
    return base if wanted is None else _load_variant(base, wanted, progress, download)


def load_recorded(known: dict[str, Any] | None, settings: Mapping[str, Any], progress: Progress = silent) -> Dataset:
    """The dataset of a run's flat `settings`: the very content that `known`, its config's `dataset`, names by its hash.

    `BadInput` if its source holds something else by now. Before a run has begun nothing is known yet.
    """
    if known is not None and is_prepared(known["hash"]):
        return open_dataset(known["hash"])
    dataset = load_dataset(
        settings["dataset"], progress=progress, variant=settings.get("variant"), **options_in(settings)
    )
    if known is not None and dataset.hash != known["hash"]:
        raise BadInput(
            f"{settings['dataset']} has changed since this run began (content {known['hash']}, now {dataset.hash}); "
            "start a new run on it."
        )
    return dataset


def _load_variant(base: Dataset, variant: Variant, progress: Progress, download: bool) -> Dataset:
    if base.variant is not None:
        raise BadInput(f"{base.name} is already a variant ({base.variant}): make {variant} from its base dataset.")
    known = specs.find_variant(base.hash, variant)
    if known:
        return open_dataset(known)
    others = None if variant.source is None else _load_base(variant.source, Reading(), progress, download)
    if others is not None and others.hash == base.hash:
        raise BadInput(f"variant={str(variant)!r} takes its outliers from {base.name} itself: name another dataset.")
    from ddcore.data.planting import plant

    progress(0, 0, f"making the variant {variant}")
    train, test, change = plant(variant, base, None if others is None else others.train.images)
    progress(0, 0, "storing the prepared images")
    split = f"{variant.words}, of the training images" if variant.own_tests else base.split
    dataset = materialise(
        f"{base.name}-{variant.slug}", train, test, base.classes, base.origin, base.flip, split=split,
        kind="variant", change=change, report=base.report,
    )  # fmt: skip
    specs.remember(specs.variant_mark(base.hash, variant, None if others is None else others.hash), dataset.hash)
    return dataset


def _load_base(spec: str | Path, reading: Reading, progress: Progress, download: bool) -> Dataset:
    place = specs.locate(spec)
    if place.hash:
        if asked_of(reading):
            options = ", ".join(f"{name}={value}" for name, value in asked_of(reading).items())
            raise BadInput(f"{spec} is prepared already: to prepare it with {options}, give its folder or file.")
        return open_dataset(place.hash)
    mark = specs.fingerprint(place, reading)
    known = specs.recalled(mark)
    if known:
        return replace(open_dataset(known[0]), report=known[1])
    entry = BUILT_IN.get(place.name) if place.path is None else None
    contents = (
        _read_own(place, reading, progress)
        if entry is None
        else _read_built_in(entry.name, reading, progress, download)
    )
    report = contents.report
    flip, reason = flip_of(reading.flip, contents.classes, entry.flip if entry else None)
    report.decide("flip", reason)
    progress(0, 0, "storing the prepared images")
    dataset = materialise(
        f"{place.name}{f'-{reading.size}' if contents.resized and reading.size else ''}{slug_of(reading)}",
        contents.train,
        contents.test,
        contents.classes,
        origin=entry.title if entry else str(place.path),
        flip=flip,
        split=report.split,
        kind="built-in" if entry else "own",
        report=report,
        reading=reading,
    )
    if dataset.origin != (entry.title if entry else str(place.path)):
        report.decide("files", f"the same images and labels as {dataset.name}, prepared from {dataset.origin}")
    specs.remember(mark, dataset.hash, report)
    return replace(dataset, report=report)


def _refuse_effectless(entry: Entry, reading: Reading) -> None:
    """`BadInput` for options that change nothing of a published dataset."""
    effective = ("size", "flip", "background") if entry.archive else ("size", "flip")
    for name, value in asked_of(reading).items():
        if name not in effective:
            raise BadInput(f"{name}={value!r} has no effect on {entry.title}; leave it out.")


def _read_own(place: specs.Place, reading: Reading, progress: Progress) -> Contents:
    """What a person's source holds; `BadInput` of at most 300 characters."""
    from ddcore.data.sources import own

    assert place.path is not None  # it is a place on disk
    try:
        return own.read(place.kind, place.path, reading, progress)
    except BadInput as error:
        raise BadInput(shortened(str(error), LONGEST)) from error


def _read_built_in(name: str, reading: Reading, progress: Progress, download: bool) -> Contents:
    """What a published dataset holds; `BadInput`, and `DownloadFailed` where it has to be fetched."""
    _refuse_effectless(BUILT_IN[name], reading)
    from ddcore.data.sources.images import resize_all

    if name == "digits":
        from ddcore.data.sources import digits

        contents = digits.read()
    else:
        contents = _read_published(name, reading, progress, download)
    size = None if BUILT_IN[name].archive else reading.size  # an archive's images are resized as they are decoded
    images = resize_all(contents.train.images, size, contents.report, progress)
    if images is contents.train.images:
        return contents
    tests = resize_all(contents.test.images, size, Report(), progress)
    train, test = Split(images, contents.train.labels), Split(tests, contents.test.labels)
    return replace(contents, train=train, test=test, resized=True)


def _read_published(name: str, reading: Reading, progress: Progress, download: bool) -> Contents:
    entry = BUILT_IN[name]
    root = entry.raw_folder()
    if root is None:
        if not download:
            raise BadInput(f"{entry.title} is not on this computer: it is {entry.how}.")
        downloads.download(name, progress)
        root = entry.raw_folder()
        assert root is not None  # it was downloaded
    progress(0, 0, f"reading {entry.title}")
    if entry.archive is not None:
        size = reading.size or entry.shape[-1]
        return _read_own(specs.place_of(root / entry.files[0]), replace(reading, size=size), progress)
    from ddcore.data.sources import published

    return published.read(name, root)
