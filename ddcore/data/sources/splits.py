"""Where people write what is for training and what for testing: in names of folders, files, arrays and columns."""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from ddcore.errors import BadInput, listed, shown

WORDS = {
    "train": ("train", "training", "trn"),
    "test": ("test", "testing", "tst"),
    "val": ("val", "valid", "validation", "dev", "eval"),
}
_PART = {word: part for part, words in WORDS.items() for word in words}
_TOKENS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_]+")
_SHARD = re.compile(r"(.*?)[-_.]?(\d{1,9})-of-(\d{1,9})(.*)")
EXPECTED = ", ".join(words[0] for words in WORDS.values())


def tokens(name: str) -> list[str]:
    """The words of a name in small letters: "seg_train" -> seg, train; "TrainingData" -> training, data."""
    found = [token.lower() for token in _TOKENS.findall(name)]
    return [token[1:] if token[:1] == "x" and token[1:] in _PART else token for token in found]


def part_of(name: str) -> str | None:
    """ "train", "test" or "val" if the name has a word for exactly one of them."""
    found = {_PART[token] for token in tokens(name) if token in _PART}
    return found.pop() if len(found) == 1 else None


def is_part(name: str) -> bool:
    """Whether the name is such a word and nothing else."""
    return part_of(name) is not None and len(tokens(name)) == 1


def is_about_split(name: str) -> bool:
    """Whether a name speaks of parts: "test_idx", "split", "fold"."""
    return any(token in _PART or token in ("split", "splits", "fold", "folds") for token in tokens(name))


def part_of_value(value: object, where: str) -> str:
    """The part that a `split` column names; `BadInput` for what is none."""
    part = part_of(str(value))
    if part is None:
        raise BadInput(f"{where} has split {shown(value)!r}: allowed are {EXPECTED}.")
    return part


def parts_of_files(paths: Sequence[PurePosixPath], where: str) -> list[str]:
    """The part of each file, from its own name or else from a folder around it; all are "train" if none says.

    `BadInput` if some say and others do not, and if a numbered set lacks a file.
    """
    _check_shards(paths, where)
    depth = shared_depth(paths, 1)
    below = [PurePosixPath(*path.parts[depth:]) for path in paths]
    sets = sorted({"/".join(f for f in path.parts[:-1] if part_of(f) is None) for path in below} - {""})
    if len(sets) > 1 or (sets and any(len(path.parts) == 1 for path in below)):
        raise BadInput(
            f"{where} has files in several folders, {listed(sets)}: they may be several sets of the same data; give "
            "one of the folders."
        )
    parts = [_part_of_path(path) for path in below]
    silent = [path for path, part in zip(paths, parts, strict=True) if part is None]
    if len(silent) == len(paths):
        return ["train"] * len(paths)
    if silent:
        known = [path for path, part in zip(paths, parts, strict=True) if part is not None]
        raise BadInput(
            f"{where} has files that belong to a split ({listed(known, 3)}) and others that belong to no split "
            f"({listed(silent, 3)}): put {EXPECTED} into the names of all of them."
        )
    return [part for part in parts if part is not None]


def shared_depth(paths: Sequence[PurePosixPath], least: int) -> int:
    """How many folders lie around all of these files, none of them a part's name, with at least `least` names below."""
    depth = 0
    while (
        all(len(path.parts) > depth + least for path in paths)
        and len({path.parts[depth] for path in paths}) == 1
        and not is_part(paths[0].parts[depth])
    ):
        depth += 1
    return depth


def _part_of_path(path: PurePosixPath) -> str | None:
    own = part_of(path.name.partition(".")[0])
    return own or next((part for folder in reversed(path.parts[:-1]) if (part := part_of(folder))), None)


def _check_shards(paths: Sequence[PurePosixPath], where: str) -> None:
    """`BadInput` if of files numbered `-00001-of-00005` some are missing."""
    sets: dict[tuple[str, int], set[int]] = {}
    width = 1
    for path in paths:
        if match := _SHARD.fullmatch(path.stem):
            numbers = sets.setdefault((str(path.with_name(match[1])), int(match[3])), set())
            if int(match[2]) in numbers:
                raise BadInput(
                    f"{where} has number {match[2]} of a set twice, once as {shown(path)}: keep one of them."
                )
            numbers.add(int(match[2]))
            width = len(match[2])
    for (name, count), numbers in sets.items():
        first = 1 if count in numbers and 0 not in numbers else 0
        if len(numbers) == count and max(numbers) < count + first:
            continue
        missing = [f"{n:0{width}d}" for n in range(first, min(count, 100_000) + first) if n not in numbers]
        raise BadInput(
            f"{where} has {len(numbers)} of the {count:,} files of {shown(PurePosixPath(name).name)}: missing are "
            f"{listed(missing)}; get all of them."
        )
