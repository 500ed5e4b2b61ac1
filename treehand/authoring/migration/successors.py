"""Moves of the uses of a deprecated skill, predicate, port or object to its successor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import cast

from treehand.authoring.migration.name_places import NameKind
from treehand.authoring.migration.read_files import ReadFile
from treehand.core.errors import InputError
from treehand.documents.lenient import parse_leniently
from treehand.skills.domain import Domain, ObjectModel, PortModel, Scene, type_text
from treehand.skills.domain.model import PredicateModel, SkillModel
from treehand.trees.format.spec import SubtreeSpec, TreeSpec

_KEEPING = frozenset({"answers", "deployment", "domain"})
KEEPING: Mapping[NameKind, frozenset[str]] = {
    "skill": _KEEPING,
    "predicate": _KEEPING,
    "object": frozenset({"answers", "deployment", "scene"}),
}
"""Kinds of files that keep the old name while both exist: declarations, bindings, recordings."""
_Deprecable = SkillModel | PredicateModel | ObjectModel


def is_successor(read: Iterable[ReadFile], kind: NameKind, old: str, new: str) -> bool:
    """Return True if a domain or scene says that `old` is deprecated and `new` is its successor.

    Raises:
        InputError: If calls of the one would not be calls of the other.
    """
    for file in read:
        models = _models(file, kind)
        before, after = models.get(old), models.get(new)
        if before is None or after is None or before.deprecated is None:
            continue
        if before.deprecated.use == new:
            _require_same_calls(before, after, f"{kind} '{old}'", f"'{new}'")
            return True
    return False


def is_port_successor(read: Iterable[ReadFile], owner: str, old: str, new: str) -> bool:
    """Return True if a skill or tree says that `old` is deprecated and `new` is its successor.

    Raises:
        InputError: If the values of the one would not be values of the other.
    """
    for file in read:
        for holder in _holders(file, owner):
            for ports in (holder.inputs, holder.outputs):
                before, after = ports.get(old), ports.get(new)
                if before is None or after is None or before.deprecated is None:
                    continue
                if before.deprecated.use == new:
                    _require_same_values(before, after, f"{owner}.{old}", f"{owner}.{new}")
                    return True
    return False


def _holders(file: ReadFile, owner: str) -> Iterator[SkillModel | TreeSpec | SubtreeSpec]:
    """Yield the skill or tree of that name that a file declares."""
    if file.kind == "tree" and file.fault is None:
        tree = parse_leniently(file.text, TreeSpec, file=str(file.path))[0]
        if tree is not None and tree.tree == owner:
            yield tree
        if tree is not None and owner in tree.subtrees:
            yield tree.subtrees[owner]
    skill = _models(file, "skill").get(owner)
    if skill is not None:
        yield cast(SkillModel, skill)


def _models(file: ReadFile, kind: NameKind) -> Mapping[str, _Deprecable]:
    """Return the things of a kind that a file declares and that may have a successor, by name."""
    if file.fault is not None:
        return {}
    if file.kind == "scene" and kind == "object":
        scene = parse_leniently(file.text, Scene, file=str(file.path))[0]
        return scene.objects if scene is not None else {}
    if file.kind != "domain" or kind not in ("skill", "predicate"):
        return {}
    domain = parse_leniently(file.text, Domain, file=str(file.path))[0]
    if domain is None:
        return {}
    return domain.skills if kind == "skill" else domain.predicates


def _require_same_calls(before: _Deprecable, after: _Deprecable, one: str, other: str) -> None:
    if isinstance(before, ObjectModel) or isinstance(after, ObjectModel):
        kinds = [cast(ObjectModel, model).type for model in (before, after)]
        if kinds[0] != kinds[1]:
            message = f"the {one} is a {kinds[0]}; {other} is a {kinds[1]}"
            hint = "give them the same type first"
            raise InputError.of("wrong-name", message, span=before.span("type"), hint=hint)
        return
    lists = [("parameters", list(before.params), list(after.params))]
    if isinstance(before, SkillModel) and isinstance(after, SkillModel):
        for what in ("inputs", "outputs"):
            wanted, known = getattr(before, what), getattr(after, what)
            lists.append((what, list(wanted), [name for name in wanted if name in known]))
    for what, own, its in lists:
        if own != its:
            has = ", ".join(its) or "none"
            message = f"the {what} of the {one} are {', '.join(own) or 'none'}; of {other}: {has}"
            hint = "rename them first, as in: treehand migrate rename pick.item pick.object"
            raise InputError.of("wrong-name", message, span=before.span("params"), hint=hint)


def _require_same_values(before: PortModel, after: PortModel, one: str, other: str) -> None:
    if (before.type, before.unit) != (after.type, after.unit):
        message = f"the port '{one}' takes {type_text(before)}; '{other}' takes {type_text(after)}"
        hint = "give them the same type and unit first"
        raise InputError.of("wrong-name", message, span=before.span("type"), hint=hint)
