"""One and the others: "one mug in the sink and the others in the cupboard"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from treehand.planners.reading.grammar.clauses import Clause, Either
from treehand.planners.reading.grammar.nouns.noun_phrase import NounPhrase
from treehand.planners.reading.grammar.referents import Referents
from treehand.planners.reading.lexicon import Noun


def parted(clauses: Sequence[Clause | Either], referents: Referents) -> list[Clause | Either]:
    """Return clauses in which "one mug" and "the others" name the objects that they share out.

    Which one is the one does not matter to the person: the first ones are taken.

    Args:
        clauses: The clauses of one request.
        referents: Objects of noun phrases.
    """
    found = list(clauses)
    for index, clause in enumerate(found):
        for slot, others in clause.bound.items() if isinstance(clause, Clause) else ():
            if len(others) != 1 or not _is_rest(others[0]):
                continue
            for before in range(index - 1, -1, -1):
                shared = _shared(found[before], others[0], referents)
                if shared is not None:
                    one, named, rest = shared
                    found[before] = _with(found[before], one, named)
                    found[index] = _with(found[index], slot, rest)
                    break
    return found


def _is_rest(phrase: NounPhrase) -> bool:
    is_open = phrase.noun is not None and phrase.noun.object is None
    return phrase.is_other and is_open and phrase.reach in ("the", "all")


def _shared(
    clause: Clause | Either, others: NounPhrase, referents: Referents
) -> tuple[str, tuple[NounPhrase, ...], tuple[NounPhrase, ...]] | None:
    """Return the slot of "one mug" in a clause, its objects, and the rest; None if there is none.

    "The other" is one object, and means the rest only where that is one.
    """
    if isinstance(clause, Either):
        return None
    for slot, some in clause.bound.items():
        one = some[0]
        is_some = len(some) == 1 and one.reach == "some" and not one.is_other
        if not is_some or one.noun is None or others.noun is None:
            continue
        if one.noun.type != others.noun.type:
            continue
        names = referents.candidates(one, one.noun.type)
        named, rest = names[: one.number or 1], names[one.number or 1 :]
        if rest and (len(rest) == 1 or others.reach == "all"):
            return slot, _named(named, one.noun.type), _named(rest, one.noun.type)
    return None


def _named(names: Sequence[str], kind: str) -> tuple[NounPhrase, ...]:
    return tuple(
        NounPhrase(f"the {name.replace('_', ' ')}", Noun(name, kind, is_plural=False), "the")
        for name in names
    )


def _with(clause: Clause | Either, slot: str, phrases: tuple[NounPhrase, ...]) -> Clause:
    assert isinstance(clause, Clause)
    return replace(clause, bound={**clause.bound, slot: phrases})
