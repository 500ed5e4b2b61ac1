"""Referents: the objects that noun phrases mean, or the question which ones."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from treehand.planners.goals.goal import say
from treehand.planners.reading.grammar.nouns.degrees import unfit
from treehand.planners.reading.grammar.nouns.noun_phrase import NounPhrase
from treehand.planners.reading.lexicon import Lexicon
from treehand.planners.reading.words.inflection import words_of
from treehand.skills.domain import AnyOf, Atom, Facts, Forall, Formula, Quantifier, conjuncts

CONTENTS = "everything"
"""Words that stand for what was in or on a place: "empty the drawer and put everything there"."""
_CONTENTS = frozenset({CONTENTS, "the things", "all the things", "all things", "all of it"})


class Unclear(Exception):
    """A reading that is unclear until a question is answered."""

    def __init__(
        self,
        question: str,
        options: Sequence[str] = (),
        about: str = "",
        *,
        is_misread: bool = False,
    ) -> None:
        super().__init__(question)
        self.is_misread = is_misread
        """True if the reading assumes something untrue, so that another one may be meant."""
        self.question = question
        self.options = tuple(options)
        self.about = about


class Impossible(Exception):
    """A reading with a fact that is impossible in this scene."""


def unknown_object(meant: NounPhrase, question: str) -> Unclear:
    """Return the error for an unknown object; its words may belong to another part."""
    return Unclear(question, is_misread=bool(meant.filters))


class Referents:
    """Finds the objects that noun phrases mean.

    Args:
        lexicon: The words of a domain and scene.
        facts: Beliefs, which decide what "the dirty mug" is.
        mentioned: Noun phrases so far, oldest first.
        chosen: Words of a noun phrase to the object that a person chose for them.
    """

    def __init__(
        self,
        lexicon: Lexicon,
        facts: Facts,
        mentioned: Sequence[tuple[NounPhrase, ...]] = (),
        chosen: Mapping[str, str] | None = None,
    ) -> None:
        self._lexicon = lexicon
        self._facts = facts
        self._chosen = chosen or {}
        self.mentioned = list(mentioned)
        """Noun phrases of every slot so far, oldest first, those of earlier requests included."""
        self._earlier = len(self.mentioned)
        """Number of noun phrases of earlier requests."""
        self.is_carried = False
        """True if "it" stands for "a mug", of which the clause before is only a step."""
        self.is_forbidden = False
        """True while the clause is a prohibition."""

    def antecedents(self, phrase: NounPhrase, kind: str) -> Sequence[NounPhrase]:
        """Return the antecedents of a pronoun; any other noun phrase stands for itself.

        "It" is the last single object that fits, "them" the last objects that were named together.
        A pronoun with two antecedents raises `Unclear`.
        """
        if phrase.noun is not None:
            return self._contents_named(phrase) or (phrase,)
        is_plural, has_any = phrase.text != "it", False
        for group in reversed(self.mentioned):
            fitting = [one for one in group if one.noun and self._can_be(one.noun.type, kind)]
            if not fitting:
                continue
            has_any = True
            several = len(fitting) > 1 or fitting[0].is_plural
            is_whole = len(fitting) == 1 and (fitting[0].is_mass or fitting[0].is_everything)
            if not is_plural and is_whole:
                return fitting
            if is_plural and several:
                return fitting
            is_of_whole = len(fitting) == 1 and fitting[0].noun and fitting[0].noun.is_part
            if not is_plural and is_of_whole:  # the stove, which is turned off by its knobs
                return fitting
            if not is_plural:
                if several or (fitting[0].number or 1) > 1:
                    break
                self.is_carried = self.is_carried or fitting[0].reach == "some"
                return fitting
        question = f"what does '{phrase.text}' stand for? please name it"
        raise Unclear(question, is_misread=not has_any)  # another verb may fit what was named

    def _contents_named(self, phrase: NounPhrase) -> Sequence[NounPhrase]:
        """Return the contents that "the things" are after "empty the drawer"."""
        if phrase.filters or phrase.exceptions or phrase.text not in _CONTENTS:
            return ()
        taken = (some for some in reversed(self.mentioned) if len(some) == 1 and some[0].is_taken)
        return next((some for some in taken if some[0].text == CONTENTS), ())

    def _can_be(self, kind: str, wanted: str) -> bool:
        is_a = self._lexicon.vocabulary.is_a
        return is_a(kind, wanted) or is_a(wanted, kind)

    def candidates(self, meant: NounPhrase, kind: str) -> tuple[str, ...]:
        """Return the objects of a type that match a noun phrase."""
        quantifier = Quantifier("_", kind, self.others(meant), meant.where("_"))
        return quantifier.qualified(self._facts)

    def _perhaps(self, meant: NounPhrase, kind: str) -> list[str]:
        """Return the objects of which nobody knows if they match."""
        return [
            name.replace("_", " ")
            for name in self._facts.objects(kind)
            if meant.where(name).holds(self._facts) is None
        ]

    def others(self, meant: NounPhrase) -> tuple[str, ...]:
        """Return the objects that "the other mug", "another mug" and "the big mug" do not mean."""
        if meant.noun is not None and meant.noun.among:
            whole = replace(meant, noun=replace(meant.noun, among=()))
            names = self._facts.objects(meant.noun.type)
            unnamed = [name for name in names if name not in meant.noun.among]
            return tuple(dict.fromkeys((*unnamed, *self.others(whole))))
        if meant.degree and meant.noun is not None and meant.noun.object is None:
            is_one = not meant.is_plural and meant.degree.endswith(("er", "est"))
            names = self._facts.objects(meant.noun.type)
            return unfit(meant.degree, names, self._lexicon.measures, is_one=is_one)
        if not meant.is_other:
            return ()
        named = (one.noun for some in self.mentioned for one in some if one.noun is not None)
        return tuple(noun.object for noun in named if noun.object is not None)

    def require_possible(self, formula: Formula) -> None:
        """Raise `Impossible` if a fact of a formula is impossible in this scene."""
        possible = self._lexicon.possible
        if possible is None:
            return
        for atom in formula.atoms():
            is_ground = all(
                term in self._lexicon.vocabulary.object_types for term in atom.fact.terms
            )
            if is_ground and atom.fact not in possible:
                raise Impossible(f"'{atom.fact}' cannot be so here")

    def require_told(self, formula: Formula) -> None:
        """Raise `Unclear` for "put it where it belongs" if nobody has told where that is.

        What is given about a thing is no state that may come: without it the goal would hold of no
        place, and count as reached.
        """
        for part in conjuncts(formula):
            if not isinstance(part, Forall) or not isinstance(part.where, Atom):
                continue
            fact = part.where.fact
            about = [term for term in fact.terms if term != part.variable]
            is_given = self._lexicon.domain.predicates[fact.predicate].known_by == "given"
            is_ground = all(one in self._lexicon.vocabulary.object_types for one in about)
            if is_given and is_ground and about and not part.qualified(self._facts):
                said = say(part.where.substitute({part.variable: "it"}), self._lexicon.domain)
                kind = part.type.replace("_", " ")
                raise Unclear(f"no {kind} is known of which '{said}' is true; name the place")

    def can_be_so(self, formula: Formula, slot: str, name: str) -> bool:
        """Return False if a formula has an impossible fact with an object in a slot."""
        try:
            self.require_possible(formula.substitute({slot: name}))
        except Impossible:
            return False
        return True

    def changeable(self, formula: Formula, slot: str, kind: str) -> str:
        """Return the type of what a skill changes so: "shut everything" means what can be shut."""
        if not isinstance(formula, Atom) or slot not in formula.fact.terms:
            return kind
        kinds: set[str] = set()
        for model in self._lexicon.domain.skills.values():
            for effect in model.effects:
                same = effect.fact.predicate == formula.fact.predicate
                if same and effect.positive == formula.positive:
                    term = effect.fact.terms[formula.fact.terms.index(slot)]
                    kinds.add(model.params.get(term, kind))
        narrower = [one for one in kinds if self._lexicon.vocabulary.is_a(one, kind)]
        return narrower[0] if len(kinds) == 1 and narrower else kind

    def fitting(self, meant: NounPhrase, kind: str) -> NounPhrase:
        """Return "everything open" with what "open" says of things of a type."""
        can_be = self._lexicon.can_be
        filters = list[Atom | AnyOf]()
        for one in meant.filters:
            said = [atom for atom in one.atoms() if can_be(atom, kind)]
            filters.append(said[0] if isinstance(one, AnyOf) and len(said) == 1 else one)
        return replace(meant, filters=tuple(filters))

    def told_of(self, meant: NounPhrase, kind: str) -> str:
        """Return the type of what can be as told: "dirty things" means what has that state."""
        predicates = self._lexicon.domain.predicates
        for atom in (atom for part in meant.filters for atom in part.atoms()):
            kinds = list(predicates[atom.fact.predicate].params.values())
            at = next((i for i, term in enumerate(atom.fact.terms) if term == "_"), None)
            if at is not None and self._lexicon.vocabulary.is_a(kinds[at], kind):
                kind = kinds[at]
        return kind

    def the_one(
        self,
        meant: NounPhrase,
        kind: str,
        admits: Callable[[str], bool] = lambda name: True,
        asked: Formula | None = None,
    ) -> str:
        """Return the one object that is meant; raises `Unclear`.

        Args:
            meant: The noun phrase.
            kind: Type of the candidates.
            admits: Returns False for an object that cannot be meant.
            asked: The order about it, in which it is the only variable: of two burners one that is
                on is turned off.
        """
        names = tuple(filter(admits, self.candidates(meant, kind)))
        chosen = self._chosen.get(meant.text)
        if chosen in names:
            return chosen
        said = meant.text.split()[-1]  # a workbench is called a bench, too
        called = tuple(name for name in names if words_of(name)[-1].endswith(said))
        if len(called) == 1:  # the toy box, not the laundry basket
            return called[0]
        if len(names) == 1:
            return names[0]
        named = self._named_in_request(names)
        if len(named) == 1:  # "put the milk in the fridge and close the door"
            return named[0]
        open_ones = self._not_so_yet(asked, names)
        if len(open_ones) == 1:
            return open_ones[0]
        if not names:
            unseen = self._perhaps(meant, kind) if meant.filters else []
            if unseen:
                question = f"I do not know which one is '{meant.text}'"
                raise Unclear(question, unseen, about=meant.text, is_misread=True)
            raise unknown_object(meant, f"I know of no '{meant.text}'")
        options = [name.replace("_", " ") for name in names]
        raise Unclear(f"which one is '{meant.text}'?", options, about=meant.text)

    def _named_in_request(self, names: Sequence[str]) -> list[str]:
        """Return the objects that earlier clauses of this request name."""
        groups = self.mentioned[self._earlier :]
        said = {one.noun.object for some in groups for one in some if one.noun is not None}
        return [name for name in names if name in said]

    def require_told_anew(self, phrase: NounPhrase) -> None:
        """Raise `Unclear` for "leave the mug on the counter" after "wash the blue mug".

        It says where the blue mug shall be, and is not about one that is there now.
        """
        if not phrase.tells_place or phrase.noun is None or phrase.reach != "the":
            return
        plain = replace(phrase, filters=())
        said = self._named_in_request(self.candidates(plain, phrase.noun.type))
        if said and phrase.noun.object is None:
            raise Unclear(f"which one is '{phrase.text}'?", is_misread=True)

    def _not_so_yet(self, asked: Formula | None, names: Sequence[str]) -> list[str]:
        """Return the objects whose state an order changes; none if that is not known of all."""
        known = self._lexicon.vocabulary.object_types
        terms = [t for t in asked.fact.terms if t not in known] if isinstance(asked, Atom) else []
        if asked is None or len(terms) != 1 or self.is_forbidden:
            return []
        so = [asked.substitute({terms[0]: name}).holds(self._facts) for name in names]
        return [] if None in so else [n for n, is_so in zip(names, so, strict=True) if not is_so]

    def named(self, phrase: NounPhrase) -> tuple[str, ...]:
        """Return the objects that a noun phrase names; raises `Unclear`."""
        if phrase.noun is None:
            raise Unclear(f"what does '{phrase.text}' stand for?")
        if phrase.noun.object is not None:
            return (phrase.noun.object,)
        if phrase.reach == "the":
            return (self.the_one(phrase, phrase.noun.type),)
        return self.candidates(phrase, phrase.noun.type)

    def spared(self, phrase: NounPhrase) -> tuple[str, ...]:
        """Return the objects of an exception; raises `Unclear` for "one plate" of several."""
        names = self.named(phrase)
        if phrase.reach == "some" and len(names) > (phrase.number or 1):
            options = [name.replace("_", " ") for name in names]
            raise Unclear(f"which one is '{phrase.text}'?", options, about=phrase.text)
        return names

    def named_among(self, phrase: NounPhrase, among: Collection[str]) -> tuple[str, ...]:
        """Return the objects that a noun phrase names; an unclear one is resolved among some.

        One that is known not to be as told is none: "the contract on the desk", which lies in a
        tray.
        """
        name = phrase.noun.object if phrase.noun is not None else None
        if name is not None and phrase.where(name).holds(self._facts) is False:
            return ()
        try:
            return self.named(phrase)
        except Unclear:
            assert phrase.noun is not None
            names = self.candidates(phrase, phrase.noun.type)
            fitting = tuple(name for name in names if name in among)
            return fitting if len(fitting) == 1 else ()
