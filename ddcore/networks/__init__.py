"""Networks of this field as pure functions of their parameters: which there are, by what text one is named, how deep.

A network is named by a short text: `convnet`, `mlp:width=256`, `convnet:norm=batch,pooling=max`. Adding one is a file
and its entry here. No torch here: forms and settings read it.
"""

import dataclasses
from typing import Any

from ddcore.errors import BadInput
from ddcore.methods import About, Registry
from ddcore.parameters import parameter

_ENTRIES = {
    "convnet": (
        "ddcore.networks.convnet:ConvNet",
        About(
            "ConvNet", "blocks of convolution, normalisation, activation and pooling, the usual network of the field"
        ),
    ),
    "mlp": (
        "ddcore.networks.mlp:MLP",
        About("multilayer perceptron (MLP)", "fully connected layers on all pixels at once", brief="MLP"),
    ),
}

NETWORKS = Registry("network", About, _ENTRIES)
_GIVEN = {"self", "name", "shape", "num_classes"}  # what a network is made of beside its parameters
_EXAMPLES = {
    "convnet": "ConvNet",
    "convnet:norm=batch": "ConvNet with batch norm",
    "convnet:pooling=max": "ConvNet with max pooling",
    "mlp": "Multilayer perceptron (MLP)",
}


def network_parameter(default: str | None = "convnet", help: str = "", **about: Any) -> Any:
    """A parameter (see `ddcore.parameters.parameter`) whose value is the text of a network."""
    how = "A kind and, after a colon, its parameters: convnet, mlp:depth=3, convnet:norm=batch,pooling=max."
    return parameter(default, f"{help} {how}".strip(), later=True, examples=_EXAMPLES, valid=parsed, **about)


def networks_of(method: Any) -> list[str]:
    """The texts of the networks that the parameters of a method name."""
    own = [field.name for field in dataclasses.fields(method) if field.metadata.get("valid") is parsed]
    return [getattr(method, name) for name in own]


def parsed(text: str) -> tuple[str, dict[str, Any]]:
    """("convnet", {"norm": "batch"}) of "convnet:norm=batch"; BadInput for an unknown name or what is no such text."""
    name, _, rest = text.strip().partition(":")
    if name not in NETWORKS.names():
        raise BadInput(f"network={text!r} is unknown; choose one of {', '.join(NETWORKS.names())}.")
    pairs = [part.partition("=") for part in rest.split(",")] if rest else []
    if not all(key.strip() and mark and value.strip() for key, mark, value in pairs):
        raise BadInput(f"network={text!r} is not allowed; write its parameters as {name}:width=64,depth=2.")
    fields = {key.strip(): _value(value.strip()) for key, _, value in pairs}
    if len(fields) < len(pairs):
        raise BadInput(f"network={text!r} is not allowed; it names a parameter twice.")
    for given in sorted(_GIVEN & fields.keys()):
        raise BadInput(f"network {name!r} has no parameter {given!r}.")
    return name, fields


def _value(text: str) -> Any:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return {"true": True, "false": False}.get(text, text)


def text_of(name: str, fields: dict[str, Any]) -> str:
    """The inverse of `parsed`."""
    words = {True: "true", False: "false"}
    said = [f"{key}={words[value] if isinstance(value, bool) else value}" for key, value in fields.items()]
    return name + (":" + ",".join(said) if said else "")


def in_words(description: dict[str, Any]) -> str:
    """ "ConvNet of width 32 and depth 3, batch norm", of a `Network.describe`; older runs name no kind: a ConvNet."""
    about = NETWORKS.about(str(description.get("name", "convnet")))
    size = [f"{name} {description[name]}" for name in ("width", "depth") if description.get(name) is not None]
    more = {key: value for key, value in description.items() if key not in ("name", "width", "depth")}
    words = [f"{'no' if value == 'none' else value} {key}" for key, value in more.items()]
    return ", ".join([about.short + (f" of {' and '.join(size)}" if size else ""), *words])


# -- how deep a network that halves its images may be


def padded(pixels: int) -> int:
    """28-pixel images are padded to 32 first, as published for MNIST."""
    return 32 if pixels == 28 else pixels


def check_depth(shape: tuple[int, int, int], depth: int) -> None:
    """Refuse a network that would pool images (C, H, W) to nothing."""
    _, height, width = shape
    deepest = largest_depth(height, width)
    if not 1 <= depth <= deepest:
        raise BadInput(f"depth={depth} does not fit {height}x{width} images; choose a depth from 1 to {deepest}.")


def largest_depth(height: int, width: int) -> int:
    """How many 2x2 poolings fit before an image of this size is a single pixel."""
    return max(1, min(padded(height), padded(width)).bit_length() - 1)


def default_depth(height: int, width: int) -> int:
    """Three blocks as published; two for images below 16 pixels (`digits`); one more for each doubling above 32."""
    smallest = min(padded(height), padded(width))
    return max(1, min(largest_depth(height, width), 3 if smallest >= 16 else 2) + max(0, (smallest // 64).bit_length()))
