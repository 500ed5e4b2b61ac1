"""Facts as a person is told them."""

from __future__ import annotations

from collections.abc import Iterable

from treehand.skills.domain import Domain, Fact


def shown_facts(facts: Iterable[Fact], domain: Domain) -> str:
    """Return facts as one text, each once.

    Left out are facts that the scene gives, and those that only say when others can be seen.
    """
    hidden = {name for name, model in domain.predicates.items() if model.known_by == "given"}
    for model in domain.predicates.values():
        if model.known_when is not None:
            hidden.add(model.known_when.fact.predicate)
    shown = (str(fact) for fact in facts if fact.predicate not in hidden)
    return ", ".join(dict.fromkeys(shown))
