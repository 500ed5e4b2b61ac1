"""Skills of a deployment that have no action model, with what is known of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from treehand.core.errors import InputError, near
from treehand.core.source.declarations import Declaration, declaration_at
from treehand.documents.reader import read_file
from treehand.orchestrator.config.deployment_file import DeploymentFile
from treehand.orchestrator.history.observed_changes import ObservedCalls
from treehand.planners.llm import LackingSkill
from treehand.skills import SkillDefinition
from treehand.skills.domain import Domain, SkillModel


@dataclass(frozen=True)
class UndeclaredSkill:
    """A skill that world or bindings bring, and the domain file does not name.

    Attributes:
        name: Its name.
        parameters: Names of its parameters after the context; None if its source does not say.
        doc: Its description.
    """

    name: str
    parameters: tuple[str, ...] | None = None
    doc: str = ""

    @classmethod
    def declared(cls, name: str, found: Declaration | None) -> UndeclaredSkill:
        """Return a skill with what its source says of it.

        Args:
            name: Its name.
            found: The declaration of its function; None if its source is not there.
        """
        if found is None:
            return cls(name)
        parameters = None
        if found.signature is not None:
            parameters = tuple(found.signature.parameters)[1:]
        return cls(name, parameters, " ".join(found.doc.split()))


def is_lacking(model: SkillModel) -> bool:
    """Return True if an action model has no effects, so that nothing can be planned with it."""
    return not model.effects and not model.side_effects


def undeclared_in(config: Path | None, domain: Domain) -> Iterator[UndeclaredSkill]:
    """Yield the functions that a deployment file binds to skills which the domain does not name.

    Args:
        config: The deployment file; None if there is none.
        domain: The domain.

    Raises:
        InputError: If a function is not there.
    """
    if config is None:
        return
    for name, reference in read_file(config, DeploymentFile).bindings.items():
        if name not in domain.skills and isinstance(reference, str):
            found = declaration_at(reference, config.parent, missing="not-a-skill")
            yield UndeclaredSkill.declared(name, found)


def undeclared_of(skills: Iterable[SkillDefinition], domain: Domain) -> Iterator[UndeclaredSkill]:
    """Yield the skills of a world that the domain does not name.

    Args:
        skills: The world's own skills.
        domain: The domain.
    """
    for skill in skills:
        if skill.name not in domain.skills:
            yield UndeclaredSkill(skill.name, doc=" ".join(skill.doc.split()))


def lacking_skills(
    domain: Domain,
    undeclared: Sequence[UndeclaredSkill],
    seen: Mapping[str, ObservedCalls],
    wanted: Sequence[str],
) -> tuple[LackingSkill, ...]:
    """Return the skills without an action model.

    Args:
        domain: The domain as it is written.
        undeclared: The skills that it does not name.
        seen: What past runs have shown, by skill.
        wanted: Names of the skills that are asked for; all of them if empty.

    Raises:
        InputError: If a name is none of theirs.
    """
    found = [
        LackingSkill(name, model, tuple(model.params) or None, model.doc)
        for name, model in domain.skills.items()
        if is_lacking(model)
    ]
    found += [LackingSkill(one.name, None, one.parameters, one.doc) for one in undeclared]
    names = [skill.name for skill in found]
    for name in wanted:
        if name not in names:
            known = "has an action model" if name in domain.skills else "is no skill here"
            hint = near(name, names, what="skills without an action model") if names else ""
            hint = hint or "every skill has an action model"
            raise InputError.of("wrong-argument", f"'{name}' {known}", hint=hint)
    return tuple(
        replace(skill, seen=tuple(seen[skill.name].lines()) if skill.name in seen else ())
        for skill in found
        if not wanted or skill.name in wanted
    )
