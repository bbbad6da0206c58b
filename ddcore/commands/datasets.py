"""`datasets`: what there is."""

import argparse
from typing import Any

from ddcore.commands import print_json
from ddcore.data.catalogue import DatasetInfo, catalogue
from ddcore.places import data_root


def datasets_arguments(parser: argparse.ArgumentParser) -> None:
    pass


def datasets(options: argparse.Namespace) -> None:
    found = catalogue()
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
