"""Names that a file may use, each with what a person wants to know of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from treehand.authoring.migration.name_places import NameKind
from treehand.core.errors import InputError
from treehand.orchestrator.config.deployment import Deployment
from treehand.skills import FailureCode
from treehand.skills.domain import PredicateModel, SkillModel
from treehand.trees import TreeLibrary


@dataclass(frozen=True)
class KnownName:
    """One name."""

    kind: NameKind | str
    name: str
    params: Mapping[str, str]
    """Parameter to type, of what is called."""
    type: str
    """Type of an object; else empty."""
    about: str
    """Description in Markdown."""

    @property
    def signature(self) -> str:
        """Return the name as it is called: ``pick(item: movable)``."""
        if self.kind in ("skill", "predicate", "tree"):
            return f"{self.name}({', '.join(f'{n}: {t}' for n, t in self.params.items())})"
        return f"{self.name}: {self.type}" if self.type else self.name


class KnownNames:
    """Names of one deployment, and of the trees beside a file.

    Args:
        deployment: The deployment.
        library: Trees that the file may call.
    """

    def __init__(self, deployment: Deployment, library: TreeLibrary) -> None:
        self._deployment = deployment
        self._library = library

    def of_kind(self, kind: str) -> Iterator[KnownName]:
        """Yield the names of one kind: skill, predicate, object, tree, code or type."""
        vocabulary, domain = self._deployment.vocabulary, self._deployment.domain
        match kind:
            case "skill":
                yield from (_skill(name, one) for name, one in domain.skills.items())
            case "predicate":
                yield from (_predicate(name, one) for name, one in domain.predicates.items())
            case "object":
                for name, type_ in vocabulary.object_types.items():
                    about = f"Object of the scene `{self._deployment.scene.scene}`."
                    yield KnownName("object", name, {}, type_, about)
            case "tree":
                yield from self._trees()
            case "code":
                for code in FailureCode:
                    yield KnownName("code", code.value, {}, "", code.meaning)
            case "type":
                for name, above in vocabulary.types.items():
                    about = f"Type below `{above}`." if above else "Type."
                    yield KnownName("type", name, {}, "", about)

    def find(self, name: str, kinds: frozenset[NameKind] | frozenset[str]) -> KnownName | None:
        """Return a name of one of some kinds; None if there is none."""
        for kind in ("skill", "predicate", "tree", "object", "code", "type"):
            if kind in kinds:
                for one in self.of_kind(kind):
                    if one.name == name:
                        return one
        return None

    def is_a(self, type_: str, wanted: str) -> bool:
        """Return True if a type is another one, or below it."""
        types = self._deployment.vocabulary.types
        at: str | None = type_
        for _ in range(len(types) + 1):
            if at == wanted:
                return True
            at = types.get(at) if at is not None else None
        return False

    def _trees(self) -> Iterator[KnownName]:
        for name in self._library.names():
            try:
                tree = self._library.find(name)
            except InputError:
                continue  # its own file shows what is wrong with it
            if tree is not None:
                parts = [tree.doc] if tree.doc else []
                parts += [f"Achieves `{tree.achieves}`."] if tree.achieves is not None else []
                about = "\n\n".join(parts) or "Tree."
                yield KnownName("tree", name, dict(tree.params), "", about)


def _skill(name: str, model: SkillModel) -> KnownName:
    parts = [model.doc] if model.doc else []
    for title, entries in (
        ("Needs", model.preconditions),
        ("Makes true", model.effects),
        ("May fail with", model.failures),
    ):
        if entries:
            parts.append(f"{title}: {', '.join(f'`{one}`' for one in entries)}")
    parts.append(f"About {model.duration:g} s, at most {model.limit_s:g} s.")
    if model.irreversible:
        parts.append("**Cannot be undone.**")
    return KnownName("skill", name, dict(model.params), "", "\n\n".join(parts))


def _predicate(name: str, model: PredicateModel) -> KnownName:
    parts = [model.doc] if model.doc else []
    parts.append({"sensed": "Seen by perception.", "given": "Given by the scene; never changes.",
                  "predicted": "Known from the success of a skill."}[model.known_by])  # fmt: skip
    return KnownName("predicate", name, dict(model.params), "", "\n\n".join(parts))
