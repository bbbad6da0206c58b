"""Methods by name: where each one is, and its text for code that must not import it.

A list of names must not import torch or scikit-learn, and one method's import must not pay for another's. So a kind of
method is a table, one entry a method: "module:Class", imported on first use, and an `About`, which is all that
pages, forms and the command line know of it. Adding a method is one file and one entry.
"""

import dataclasses
import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from ddcore.errors import BadInput
from ddcore.parameters import schema


@dataclass(frozen=True)
class About:
    """What is said of a method. A title is enough.

    `title` stands within a sentence ("relative loss", "a k-means coreset"); an abbreviation ends it, in brackets.
    `about` says what the method does or measures ("relative loss: how hard an image is ..."). `brief` is for curves and
    lists, where the title without article and brackets is too long.
    """

    title: str
    about: str = ""
    brief: str = ""

    @property
    def heading(self) -> str:
        """The title on its own: with a capital, unless it begins with a symbol (k-means)."""
        return self.title if self.title.startswith("k-") else self.title[:1].upper() + self.title[1:]

    @property
    def short(self) -> str:
        return self.brief or self.title.partition(" (")[0].removeprefix("a ").removeprefix("the ")

    @property
    def abbreviation(self) -> str:
        """The text in the brackets of the title ("DM"); the title if it has none."""
        return self.title.partition("(")[2].removesuffix(")") or self.title


@dataclass(frozen=True)
class ScoreAbout(About):
    """`terms`: the terms of its `Importance` -> (title, what the term says of an image where it is large). `reading`:
    what a high score does and does not say, where that is easily mistaken."""

    kind: str = ""  # "bound" on any model's loss | "law", cheap and weaker | "learned" by small networks | "rival"
    terms: dict[str, tuple[str, str]] = field(default_factory=dict)
    reading: str = ""
    chance: bool = True  # whether another seed gives other scores
    groups: str = ""  # its parameter, if it has one, that says into how many groups images fall

    @property
    def law(self) -> bool:
        """Whether scores tell images apart, so that a sampling law has something to act on: all but the rival's do."""
        return self.kind != "rival"


@dataclass(frozen=True)
class RuleAbout(About):
    """A rule by which real batches are drawn, once chosen or following the synthetic set."""

    law: bool = True  # whether a sampling law acts on what it chooses
    by_itself: About | None = None  # what it is called where the set is a predictor by itself and no student is trained
    student: tuple[str, ...] = ()  # its parameters that only matter where a student is trained


@dataclass(frozen=True)
class StartAbout(About):
    """A way in which a synthetic set starts. `images`: the images it starts from, within a sentence, if that is not
    the title. `score`: a start that uses a score names the usual one."""

    images: str = ""
    score: str | None = None
    chance: bool = True  # whether another seed gives another start
    kind: str = "real"  # "real" images | "noise" | "rival", real images that any other choice has to beat

    @property
    def phrase(self) -> str:
        return self.images or self.title


@dataclass(frozen=True)
class Advice:
    """What was measured of ways to draw real batches: a suggestion with its figures, and their section in
    benchmarks/README.md."""

    words: str
    section: str


@dataclass(frozen=True)
class Curve:
    """What Watch draws of a method's metrics beside the loss: one chart.

    Its lines are the metric called `key`, or one for each metric called `key/name`. A `profile` has one line, of the
    shown step: its names are places along the x axis. `axis` is the y axis with its unit, `caption` one sentence.
    `limit` (value, words): a line where something else begins, and what.
    """

    key: str
    title: str
    axis: str
    caption: str
    log: bool = False
    profile: str = ""  # what is along the x axis, if it is one
    limit: tuple[float, str] | None = None


@dataclass(frozen=True)
class DistillerAbout(About):
    """`loss` completes "The loss of DM is ...", a loss being the metric of that name. `init` is how sets start where
    nothing else is asked for, `usual` holds parameters of other methods where none are: method -> its parameters.
    `when` and `cost` are for choosing a method: when it is the right one, and what it costs. `experts`: it learns from
    experts that are made before its first step, so that importance acts on these, and cannot follow the set.
    `advice`: how to draw real batches. `learns_labels`: always; a method that can be asked to has a parameter `labels`.
    `steps_by`: the parameter that says how many steps a method in closed form takes, whatever is asked for.
    `check` raises BadInput for parameters of its own that do not fit together; a form refuses them before it starts."""

    loss: str = ""
    when: str = ""
    cost: str = ""
    curves: tuple[Curve, ...] = ()
    init: str = "kmeans-coreset"  # the paper's k-means importance; its kernel-ridge importance for kernel methods
    usual: dict[str, dict[str, Any]] = field(default_factory=dict)
    predictor: str = ""  # of a set that predicts by itself: "exact", "drawn" (random networks) or "trained" (others)
    advice: Advice | None = None
    steps_by: str = ""
    check: Callable[[Mapping[str, Any]], None] = lambda own: None
    draws_when: dict[str, tuple[Any, ...]] = field(default_factory=dict)  # it draws real batches at these values only
    experts: bool = False
    learns_labels: bool = False
    distills: bool = True  # if not, it takes one step and no real batches

    @property
    def closed_form(self) -> bool:
        return self.steps_by != ""

    def own_steps(self, settings: Mapping[str, Any]) -> int | None:
        """How many steps it takes with these `settings`, whatever is asked for; None: as many as are asked for."""
        if self.distills and not self.closed_form:
            return None
        own = settings.get(self.steps_by)
        return own if isinstance(own, int) and own > 1 else 1


A = TypeVar("A", bound=About)


class Registry(Generic[A]):
    """One kind of method: `entries` maps a name to ("module:Class", what is said of it); every class is a dataclass
    whose parameters are its fields."""

    def __init__(self, kind: str, about: type[A], entries: dict[str, tuple[str, A]]):
        self.kind = kind
        self._about, self._entries = about, dict(entries)

    def names(self) -> list[str]:
        """Known names in the order they were written."""
        return list(self._entries)

    def about(self, name: str) -> A:
        """What is said of a method; of one that is unknown here (a run may come from elsewhere) its name."""
        return self._entries[name][1] if name in self._entries else self._about(name)

    def name_of(self, method: Any) -> str:
        """The name under which the class of `method` stands here."""
        place = f"{type(method).__module__}:{type(method).__qualname__}"
        return next(name for name, (target, _) in self._entries.items() if target == place)

    def headings(self) -> dict[str, tuple[str, str]]:
        """Name -> (heading, what it is): the choices of a parameter that names a method of this kind."""
        return {name: (about.heading, about.about) for name, (_, about) in self._entries.items()}

    def get(self, name: str) -> type[Any]:
        """The class behind `name`; `BadInput` lists the known names."""
        if name not in self._entries:
            raise BadInput(f"{self.kind} {name!r} is unknown; choose one of {', '.join(self._entries)}.")
        module, _, attribute = self._entries[name][0].partition(":")
        return getattr(importlib.import_module(module), attribute)

    def make(self, name: str, **fields: Any) -> Any:
        """An instance with `fields` over its defaults; `BadInput` for an unknown name or field or a bad value."""
        cls = self.get(name)
        taken = {field.name for field in dataclasses.fields(cls) if field.init}
        unknown = [field for field in fields if field not in taken]
        if unknown:
            raise BadInput(self.no_such(name, unknown[0], [row["name"] for row in schema(cls)]))
        return cls(**fields)

    def no_such(self, name: str, parameter: str, known: list[str]) -> str:
        """The sentence about a parameter that the method called `name`, which has the `known` ones, does not have."""
        choose = f"choose from {', '.join(known)}" if known else "it has none"
        return f"{self.kind} {name!r} has no parameter {parameter!r}; {choose}."

    def schema(self) -> dict[str, list[dict[str, Any]]]:
        """Every name's parameters (see `ddcore.parameters.schema`); imports every entry."""
        return {name: schema(self.get(name)) for name in self._entries}
