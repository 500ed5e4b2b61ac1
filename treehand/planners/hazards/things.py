"""Properties of things, by their declarations, their measures and the kinds of their names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache

from treehand.planners.reading.words.inflection import singular
from treehand.planners.reading.words.taxonomy import kinds_of_things
from treehand.skills.domain import Domain, Scene
from treehand.skills.domain.hazards.hazard import PropertyWords
from treehand.skills.domain.hazards.hazard_library import load_hazard_library
from treehand.skills.domain.model import ObjectModel

_NOT = "not "
_WHERE_RUBBISH_GOES = frozenset({"trash", "rubbish", "garbage", "waste", "recycling"})
"""Words for the bin, said of a place: "in the trash"."""


@dataclass(frozen=True)
class Thing:
    """A thing that has properties: an object of the scene, or one that words name."""

    words: tuple[str, ...]
    """Its names, as the taxonomy writes them; any of them may tell a property."""
    types: tuple[str, ...] = ()
    """Types of the domain that it is of."""
    declared: tuple[tuple[str, bool], ...] = ()
    """Properties that its type or its scene declares, with True if it has them."""
    measures: tuple[str, ...] = ()
    """Properties that its measures tell."""
    name: str = field(default="", compare=False)
    """Name of the object; empty if it is none."""

    def fits(self, kinds: Iterable[str]) -> bool:
        """Return True if it is of one of some kinds, and of none of those after ``not``."""
        kinds = tuple(kinds)
        wanted = [kind for kind in kinds if not kind.startswith(_NOT)]
        refused = [kind.removeprefix(_NOT) for kind in kinds if kind.startswith(_NOT)]
        return any(map(self.has, wanted)) and not any(map(self.has, refused))

    def has(self, kind: str) -> bool:
        """Return True if it has a property, is of a type, or is a kind of what a word names."""
        declared = dict(self.declared)
        if kind in declared:
            return declared[kind]
        if kind in self.types or kind in self.measures:
            return True
        return any(_is_of(word, kind) for word in self.words)


def things_of(domain: Domain, scene: Scene) -> dict[str, Thing]:
    """Return the objects of a scene as things, by name."""
    return {name: _thing(name, model, domain) for name, model in scene.objects.items()}


def spoken_thing(words: Sequence[str]) -> Thing:
    """Return the thing that words name which are not those of an object."""
    names = _names(words)
    return Thing((*names, *("bin" for name in names if name in _WHERE_RUBBISH_GOES)))


def _thing(name: str, model: ObjectModel, domain: Domain) -> Thing:
    types: list[str] = []
    kind: str | None = model.type
    while kind is not None and kind not in types:
        types.append(kind)
        kind = domain.types.get(kind)
    declared: dict[str, bool] = {}
    for one in reversed(types):
        declared.update(_declared(domain.properties.get(one, ())))
    declared.update(_declared(model.properties))
    own = name.split("_")
    aliases = [said.casefold().split() for said in model.words]
    phrases = [own, *(alias for alias in aliases if len(alias) == 1 or own[-1] not in alias[:-1])]
    words = tuple(dict.fromkeys(word for phrase in phrases for word in _names(phrase)))
    if not any(word in _listed() or kinds_of_things().knows(word) for word in words):
        words = (*words, *_names(model.type.split("_")))
    measured = tuple(
        name
        for name, property_ in load_hazard_library().properties.items()
        if _is_measured(model, property_)
    )
    return Thing(words, tuple(types), tuple(declared.items()), measured, name)


def is_compound(name: str) -> bool:
    """Return True if words joined by underscores name one kind of thing: washing_powder."""
    return name in _listed() or kinds_of_things().knows(name)


def _declared(properties: Iterable[str]) -> dict[str, bool]:
    return {one.removeprefix(_NOT): not one.startswith(_NOT) for one in properties}


def _is_measured(model: ObjectModel, property_: PropertyWords) -> bool:
    for key, least in property_.at_least.items():
        if (getattr(model, key) or 0.0) >= least:
            return True
    return any(getattr(model, key) is not None for key in property_.measured)


def _names(phrase: Sequence[str]) -> tuple[str, ...]:
    """Return a noun phrase as the taxonomy writes it; else its last word: red mug, mug."""
    words = [word for word in phrase if not word.isdecimal()]
    if not words:
        return ()
    for start in range(len(words)):
        part = words[start:]
        whole = "_".join(part)
        lemma = "_".join((*part[:-1], singular(part[-1])))
        if start == len(words) - 1 or whole in _listed() or lemma in _listed():
            return tuple(dict.fromkeys((whole, lemma)))
        if kinds_of_things().knows(lemma):
            return (lemma, singular(part[-1]))
    return ()


@cache
def _listed() -> frozenset[str]:
    """Return the words that the library lists."""
    found: set[str] = set()
    for property_ in load_hazard_library().properties.values():
        found.update(property_.kinds, property_.words, property_.not_)
    return frozenset(found)


@cache
def _is_of(word: str, kind: str) -> bool:
    property_ = load_hazard_library().properties.get(kind)
    if property_ is None:
        return _is_kind(word, kind.replace(" ", "_"))
    if word in property_.words:
        return True
    if any(_is_kind(word, one) for one in property_.not_):
        return False
    return any(_is_kind(word, one) for one in property_.kinds)


def _is_kind(word: str, kind: str) -> bool:
    return word == kind or kinds_of_things().is_kind(word, kind)
