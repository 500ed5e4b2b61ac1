"""Examples for prompts, made from the domain and scene at hand; none of them teaches a hazard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from treehand.planners.goals.goal import Goal
from treehand.planners.goals.readings import Refusal
from treehand.planners.hazards.scene_hazards import SceneHazards
from treehand.skills.domain import Atom, Domain, Facts, Formula, Scene, SkillModel, Vocabulary
from treehand.trees import TreeLibrary


@dataclass(frozen=True)
class DomainExamples:
    """Facts, skill calls and subtrees of one domain, with objects of the scene.

    Args:
        domain: Predicates, skills, hazards.
        scene: Objects with their properties.
        vocabulary: Types, predicates, objects.
    """

    domain: Domain
    scene: Scene
    vocabulary: Vocabulary

    def is_harmless(self, formula: Formula, facts: Facts) -> bool:
        """Return True if a goal asks for no hazard, confirmable ones included.

        Args:
            formula: The goal.
            facts: Beliefs that decide if a forbidden state is there already.
        """
        if any(map(self._is_hazard, formula.atoms())):
            return False
        goal = Goal(text="", formula=formula)
        return not isinstance(self._hazards.checked(goal, facts), Refusal)

    @cached_property
    def _hazards(self) -> SceneHazards:
        """Return the hazard rules on the scene."""
        return SceneHazards(self.domain, self.scene)

    def fact(self) -> str:
        """Return a fact with objects of the scene; "CONDITION" if there is none."""
        for name, signature in self.vocabulary.predicates.items():
            if len(signature.parameters) == 2 and self.domain.predicates[name].known_by != "given":
                terms = self._objects(dict(signature.parameters))
                if terms is not None:
                    return f"{name}({terms})"
        return "CONDITION"

    def call(self) -> str:
        """Return a call of a skill that is neither hazardous nor final; "SKILL(OBJECT)" if none."""
        for name, model in self.domain.skills.items():
            terms = self._objects(model.params)
            if model.params and terms is not None and self._is_mild(model):
                return f"{name}({terms})"
        return "SKILL(OBJECT)"

    def subtree(self, library: TreeLibrary) -> str:
        """Return a use of a tree of the library; "TREE(OBJECT)" if none fits the scene.

        Args:
            library: Trees that may be used as subtrees.
        """
        for name in library.names():
            tree = library.find(name)
            terms = self._objects(tree.params) if tree is not None and tree.params else None
            if terms is not None:
                return f"{name}({terms})"
        return "TREE(OBJECT)"

    def _is_mild(self, model: SkillModel) -> bool:
        return not model.irreversible and not any(map(self._is_hazard, model.effects))

    def _is_hazard(self, atom: Atom) -> bool:
        """Return True if some hazard is about a literal with this predicate and sign."""
        effects = [hazard.effect for hazard in self.domain.hazards if hazard.effect is not None]
        head = (atom.fact.predicate, atom.positive)
        return any((one.fact.predicate, one.positive) == head for one in effects)

    def _objects(self, params: Mapping[str, str]) -> str | None:
        """Return an object for each parameter, joined by commas; None if there are too few."""
        names: list[str] = []
        for kind in params.values():
            free = [name for name in self.vocabulary.objects(kind) if name not in names]
            if not free:
                return None
            names.append(free[0])
        return ", ".join(names)
