"""Moves of the uses of a deprecated skill or predicate to its successor."""

from __future__ import annotations

from collections.abc import Iterable

from treehand.authoring.migration.name_places import NameKind
from treehand.authoring.migration.read_files import ReadFile
from treehand.core.errors import InputError
from treehand.documents.lenient import parse_leniently
from treehand.skills.domain import Domain
from treehand.skills.domain.model import PredicateModel, SkillModel

KEEPING = frozenset({"answers", "deployment", "domain"})
"""Kinds of files that keep the old name while both exist: declarations, bindings, recordings."""


def is_successor(read: Iterable[ReadFile], kind: NameKind, old: str, new: str) -> bool:
    """Return True if a domain says that `old` is deprecated and `new` is its successor.

    Raises:
        InputError: If calls of the one would not be calls of the other.
    """
    for file in read:
        domain = parse_leniently(file.text, Domain, file=str(file.path))[0] if _has(file) else None
        models = _models(domain, kind) if domain is not None else {}
        before, after = models.get(old), models.get(new)
        if before is None or after is None or before.deprecated is None:
            continue
        if before.deprecated.use == new:
            _require_same_calls(before, after, f"{kind} '{old}'", f"'{new}'")
            return True
    return False


def _has(file: ReadFile) -> bool:
    return file.kind == "domain" and file.fault is None


def _models(domain: Domain, kind: NameKind) -> dict[str, SkillModel] | dict[str, PredicateModel]:
    if kind == "skill":
        return domain.skills
    return domain.predicates if kind == "predicate" else {}


def _require_same_calls(
    before: SkillModel | PredicateModel, after: SkillModel | PredicateModel, one: str, other: str
) -> None:
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
