"""`datasets`: what there is."""

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from ddcore.commands import print_json
from ddcore.data.catalogue import DatasetInfo, catalogue
from ddcore.places import cache_root, data_root, uploads_root


def datasets_arguments(parser: argparse.ArgumentParser) -> None:
    pass


def datasets(options: argparse.Namespace) -> None:
    found = catalogue()
    for path in _unreadable():
        print(f"{path} is not readable: belongs to another user", file=sys.stderr)
    if options.json:
        keys = (
            "name",
            "spec",
            "title",
            "kind",
            "present",
            "hash",
            "shape",
            "num_classes",
            "classes",
            "train",
            "test",
            "flip",
            "how",
        )
        print_json({"datasets": [{key: getattr(info, key) for key in keys} | _report(info) for info in found]})
        return
    print(f"data folder: {data_root()}")
    for info in found:
        shape = "x".join(map(str, info.shape)) if info.shape else "not prepared yet"
        size = f"{info.train:,} train, {info.test:,} test" if info.train is not None else ""
        classes = f"{info.num_classes} classes" if info.num_classes else ""
        here = "present" if info.present else "absent "
        print(f"{info.name:<16} {here}  {shape:<12} {classes:<12} {size}\n{'':<16} {info.how}")
        for decision in [*info.report.warnings, *info.report.decisions] if info.report else []:
            print(f"{'':<16} {decision.about}: {decision.text}")


def _report(info: DatasetInfo) -> dict[str, Any]:
    return {"report": info.report.to_json() if info.report else None}


def _unreadable() -> list[Path]:
    """Folders of data and of prepared datasets that this user may not read."""
    root = cache_root() / "datasets"
    closed = [path for path in (data_root(), uploads_root(), root) if not os.access(path, os.R_OK | os.X_OK)]
    found = [path for path in closed if os.path.lexists(path)]
    if root in closed:
        return found
    folders = [path for path in sorted(root.iterdir()) if not path.name.startswith(".") and path.is_dir()]
    private = (path for path in folders if not os.access(path, os.R_OK | os.X_OK) or _is_private(path / "meta.json"))
    return [*found, *private]


def _is_private(path: Path) -> bool:
    return path.exists() and not os.access(path, os.R_OK)
