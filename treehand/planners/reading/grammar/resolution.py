"""Resolution of clauses to formulas: noun phrases become objects, quantifiers or questions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from treehand.planners.goals.exclusions import Exclusions
from treehand.planners.reading.grammar.clauses import Clause, Either
from treehand.planners.reading.grammar.noun_phrases import NounPhrase
from treehand.planners.reading.lexicon import Lexicon, Phrase
from treehand.skills.domain import (
    AllOf,
    AnyOf,
    Atom,
    Count,
    Exists,
    Facts,
    Forall,
    Formula,
    Negation,
    Quantifier,
    conjuncts,
    positive_form,
)


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


def _unknown(meant: NounPhrase, question: str) -> Unclear:
    """Return the error for an unknown object; its words may belong to another part."""
    return Unclear(question, is_misread=bool(meant.filters))


_STATIVE = frozenset(
    {"keep", "leave", "have", "hold", "stay", "stand", "be", "linger", "remain", "hang", "wait"}
    | {"carry", "go", "come", "keeping", "leaving", "having", "holding", "staying", "standing"}
    | {"being", "lingering", "remaining", "hanging", "waiting", "carrying", "going", "coming"}
)
"""Verbs of state: "do not stay there" concerns what is there now."""
_KEEPING = frozenset({"keep", "keeping", "keeps", "stay", "stays", "remain", "remains"})
"""Words that forbid a change of the present state: "keep the fridge closed"."""


_SEARCHING = frozenset({"find", "locate", "search", "look", "spot"})
_GOING = frozenset({"go", "drive", "walk", "head", "navigate", "travel", "proceed", "approach"})
"""Verbs of a way: what is to be done there is the goal."""


def _is_stative(phrase: Phrase) -> bool:
    """Return True if a phrase is about a state, not about an action."""
    return phrase.words[0].startswith("{") or phrase.words[0] in _STATIVE


def _forbidden(formula: Formula) -> Formula:
    """Return the formula of "do not …"; of several objects, none may be so."""
    if isinstance(formula, Forall):
        return replace(formula, body=_forbidden(formula.body))
    if isinstance(formula, Exists):
        quantifier = (formula.variable, formula.type, formula.excluded, formula.where)
        return Forall(*quantifier, body=_forbidden(formula.body))
    parts = tuple(positive_form(Negation(part)) for part in conjuncts(formula))
    return parts[0] if len(parts) == 1 else AllOf(parts)


def _parts_of(wholes: Sequence[tuple[Formula, ...]]) -> tuple[Formula, ...]:
    return tuple(dict.fromkeys(part for whole in wholes for part in whole))


def _all_of(parts: Sequence[Formula]) -> Formula:
    return parts[0] if len(parts) == 1 else AllOf(tuple(parts))


class Impossible(Exception):
    """A reading with a fact that is impossible in this scene."""


class Resolver:
    """Resolver of clauses to a formula: noun phrases become objects, quantifiers or questions."""

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
        self.never: list[Formula] = []
        """Constraints: formulas that must not become true."""
        self.before: list[Formula] = []
        """Formulas to be made true first, one after the other."""
        self._exclusions = Exclusions(lexicon.domain, facts)
        self._untouched: list[Formula] = []
        """Parts of "do not touch …"."""
        self._spared: set[str] = set()
        """Objects that shall not be touched."""
        self._carried = False
        """True if "it" stands for "a mug", of which the clause before is only a step."""
        self._variables = 0

    def formula(self, clauses: Sequence[Clause | Either]) -> Formula:
        """Return the formula of all clauses together; raises `Unclear`.

        A clause that a later one excludes comes before the rest: "open the fridge and close it" is
        "first open the fridge, then close it". One that is a step towards a later one is dropped:
        "take the milk and put it in the fridge" asks for milk in the fridge.
        """
        wholes: list[tuple[Formula, ...]] = []
        """The parts of each clause so far that are still wanted at the end."""
        for index, clause in enumerate(clauses):
            if isinstance(clause, Clause) and self._is_way_to(clause, clauses[index + 1 :]):
                way = conjuncts(self._clause(clause))
                if clause.phrase.verb[0] in _GOING and way:
                    self.before.append(_all_of(way))
                continue
            parts = _parts_of(wholes)
            if isinstance(clause, Clause) and clause.comes_then and parts:
                self.before.append(_all_of(parts))
            whole = self._either(clause) if isinstance(clause, Either) else self._clause(clause)
            wanted = conjuncts(whole)
            wholes = [*self._in_order(wholes, wanted), wanted]
        parts = self._without_implied(_parts_of(wholes))
        asked = [self._sparing(part) for part in parts if part not in self._untouched]
        if not parts:
            raise Unclear("what shall be done with it?", is_misread=True)
        if self._carried and any(
            isinstance(part, Exists) for whole in wholes[:-1] for part in whole
        ):
            raise Unclear("what does 'it' stand for? please name it")
        return _all_of(asked or parts)  # "do not touch it" only limits what else is asked

    def _is_way_to(self, clause: Clause, later: Sequence[Clause | Either]) -> bool:
        """Return True for "find it" and "go there" if something else is to be done then."""
        verb = clause.phrase.verb[:1]
        is_followed = any(isinstance(one, Clause) and not one.is_forbidden for one in later)
        is_way = bool(verb) and verb[0] in _SEARCHING | _GOING
        return (
            is_way and is_followed and not clause.is_forbidden and bool(self._lexicon.domain.skills)
        )

    def _without_implied(self, parts: Sequence[Formula]) -> tuple[Formula, ...]:
        """Return parts without "not on the table" where "on the counter" says that already."""
        kept: list[Formula] = []
        for part in parts:
            if isinstance(part, Atom) and not part.positive:
                others = [one for one in parts if isinstance(one, Atom) and one.positive]
                if self._exclusions.without_excluded(Atom(part.fact), others) is None:
                    continue
            kept.append(part)
        return tuple(kept)

    def _sparing(self, part: Formula) -> Formula:
        """Return a part without the things that shall not be touched."""
        if isinstance(part, Forall) and self._spared:
            spared = [name for name in self._facts.objects(part.type) if name in self._spared]
            return replace(part, excluded=tuple(dict.fromkeys((*part.excluded, *spared))))
        return part

    def _in_order(
        self, wholes: Sequence[tuple[Formula, ...]], wanted: Sequence[Formula]
    ) -> Iterator[tuple[Formula, ...]]:
        """Yield what can hold together with a later clause; put the other clauses before it."""
        first: list[Formula] = []
        for index, parts in enumerate(wholes):
            later = [*_parts_of(wholes[index + 1 :]), *wanted]
            left = [self._exclusions.without_excluded(part, wanted) for part in parts]
            pairs = zip(parts, left, strict=True)
            if any(
                part != kept and not any(self._is_step(part, other) for other in later)
                for part, kept in pairs
            ):
                first.extend(parts)
            yield tuple(kept for kept in left if kept is not None)
        if first and _all_of(first) not in self.before[-1:]:
            self.before.append(_all_of(first))

    def _is_step(self, earlier: Formula, later: Formula) -> bool:
        """Return True if a skill needs a clause for a later one that does not hold yet."""
        kinds = (Forall, Exists)
        if isinstance(earlier, kinds) and type(earlier) is type(later):  # "all plates … them"
            assert isinstance(later, kinds)
            renamed = {later.variable: earlier.variable}
            is_same = (earlier.type, earlier.excluded) == (later.type, later.excluded)
            return is_same and self._is_step(earlier.body, later.body.substitute(renamed))
        while isinstance(later, Exists):  # "throw it away": in some bin
            later = later.body
        if not isinstance(earlier, Atom) or not isinstance(later, Atom) or not earlier.positive:
            return False
        if later.holds(self._facts) is True or earlier.fact.predicate == later.fact.predicate:
            return False
        for model in self._lexicon.domain.skills.values():
            for effect in model.effects:
                same = effect.fact.predicate == later.fact.predicate
                if same and effect.positive == later.positive:
                    binding = dict(zip(effect.fact.terms, later.fact.terms, strict=True))
                    needs = (need.substitute(binding) for need in model.preconditions)
                    if earlier in needs:
                        return True
        return False

    def _either(self, either: Either) -> Formula:
        options = tuple(
            AllOf(tuple(self._clause(one, is_sure=False) for one in option))
            if len(option) > 1
            else self._clause(option[0], is_sure=False)
            for option in either.options
        )
        return AnyOf(options)

    def _clause(self, clause: Clause, *, is_sure: bool = True) -> Formula:
        """Return the formula of a clause; without `is_sure` it is one of several alternatives."""
        formula = self._asked(clause)
        if any(phrase.is_denied for some in clause.bound.values() for phrase in some):
            return _forbidden(formula)
        if not clause.is_forbidden:
            if _KEEPING & set(clause.phrase.words) and not clause.comes_then and is_sure:
                so = (part for part in conjuncts(formula) if part.holds(self._facts) is True)
                self.never += [positive_form(Negation(part)) for part in so]
            return formula
        for phrase in (one for some in clause.bound.values() for one in some):
            if phrase.reach == "all" and phrase.text.split()[0] in ("all", "every", "each"):
                raise Unclear(f"'not {phrase.text}': is none meant, or some and not all?")
        for part in conjuncts(formula):
            any_of_it = positive_form(Negation(_forbidden(part)))
            if not any_of_it.holds(self._facts):
                self.never.append(any_of_it)
            elif not _is_stative(clause.phrase):  # "do not close the fridge", which is closed
                words = " ".join(clause.phrase.words)
                raise Unclear(f"'do not {words}': it is so already; shall that change, or stay?")
        forbidden = _forbidden(formula)
        if clause.phrase.verb == ("touch",):
            self._untouched += conjuncts(forbidden)
            told = (one for some in clause.bound.values() for one in some)
            self._spared.update(name for one in told for name in self.named(one))
        return forbidden

    def _asked(self, clause: Clause) -> Formula:
        formula = self._bind(clause.phrase.formula, list(clause.bound.items()), clause.phrase)
        for phrases in clause.bound.values():
            if any(phrase.noun is not None for phrase in phrases):
                self.mentioned.append(phrases)
        if not clause.bound:
            self.mentioned.extend((phrase,) for phrase in self._named_in(clause.phrase))
        return formula

    def _named_in(self, phrase: Phrase) -> list[NounPhrase]:
        """Return the objects that a phrase without slots names: "load the dishwasher"."""
        found: list[NounPhrase] = []
        for word in phrase.words:
            for noun in self._lexicon.nouns.get((word,), ()):
                if noun.object is not None:
                    found.append(NounPhrase(word, noun, "the"))
        return found

    def _bind(
        self, formula: Formula, slots: list[tuple[str, tuple[NounPhrase, ...]]], phrase: Phrase
    ) -> Formula:
        if not slots:
            self._require_possible(formula)
            return formula
        (slot, phrases), rest = slots[0], slots[1:]
        kind = phrase.kind_of(slot)
        parts: list[Formula] = []
        for noun_phrase in phrases:
            if noun_phrase.alternatives:
                options = (
                    self._bind(formula, [(slot, (one,)), *rest], phrase)
                    for one in noun_phrase.alternatives
                )
                parts.append(AnyOf(tuple(options)))
                continue
            for meant in self._referents(noun_phrase, kind):
                parts.extend(conjuncts(self._one(formula, slot, meant, kind, rest, phrase)))
        return parts[0] if len(parts) == 1 else AllOf(tuple(parts))

    def _referents(self, phrase: NounPhrase, kind: str) -> Sequence[NounPhrase]:
        """Return the antecedents of a pronoun; any other noun phrase stands for itself.

        "It" is the last single object that fits, "them" the last objects that were named together.
        A pronoun with two antecedents raises `Unclear`.
        """
        if phrase.noun is not None:
            return (phrase,)
        is_plural = phrase.text != "it"
        for group in reversed(self.mentioned):
            fitting = [one for one in group if one.noun and self._can_be(one.noun.type, kind)]
            if not fitting:
                continue
            several = len(fitting) > 1 or fitting[0].is_plural
            if is_plural and several:
                return fitting
            if not is_plural:
                if several or (fitting[0].number or 1) > 1:
                    break
                self._carried = self._carried or fitting[0].reach == "some"
                return fitting
        raise Unclear(f"what does '{phrase.text}' stand for? please name it")

    def _can_be(self, kind: str, wanted: str) -> bool:
        is_a = self._lexicon.vocabulary.is_a
        return is_a(kind, wanted) or is_a(wanted, kind)

    def _one(
        self,
        formula: Formula,
        slot: str,
        meant: NounPhrase,
        kind: str,
        rest: list[tuple[str, tuple[NounPhrase, ...]]],
        phrase: Phrase,
    ) -> Formula:
        assert meant.noun is not None
        if meant.noun.object is not None:
            if meant.where(meant.noun.object).holds(self._facts) is False:
                raise _unknown(meant, f"'{meant.text}': that is not so, as far as I know")
            return self._bind(formula.substitute({slot: meant.noun.object}), rest, phrase)
        is_a = self._lexicon.vocabulary.is_a
        narrow = meant.noun.type if is_a(meant.noun.type, kind) else kind
        if meant.reach == "vague" or meant.number == 0:
            raise Unclear(f"how many are '{meant.text}'?")
        if meant.reach == "the":
            name = self._the_one(meant, narrow, lambda n: self._can_be_so(formula, slot, n))
            return self._bind(formula.substitute({slot: name}), rest, phrase)
        if meant.reach == "both" or (meant.reach == "all" and meant.number is not None):
            return self._exactly(formula, slot, meant, narrow, rest, phrase)
        if meant.is_other and meant.reach == "some":
            names = [n for n in self._facts.objects(narrow) if n not in self._others(meant)]
            if len(names) == 1:
                return self._bind(formula.substitute({slot: names[0]}), rest, phrase)
        variable = self._fresh(narrow)
        body = self._bind(formula.substitute({slot: variable}), rest, phrase)
        excluded = tuple(name for one in meant.exceptions for name in self.named(one))
        excluded += tuple(n for n in self._others(meant) if n in self._facts.objects(narrow))
        where = meant.where(variable)
        if meant.reach == "all":
            return Forall(variable, narrow, excluded, where, body)
        return self._some(meant, variable, narrow, where, body, excluded)

    def _some(
        self,
        meant: NounPhrase,
        variable: str,
        kind: str,
        where: Formula,
        body: Formula,
        excluded: tuple[str, ...],
    ) -> Formula:
        """Return the formula of "a mug" and "two dirty plates", over the objects that match now."""
        number = meant.number or 1
        if where == AllOf(()):
            if number == 1:
                return Exists(variable, kind, excluded, where, body)
            return Count(variable, kind, excluded, body, ">=", number)
        names = tuple(n for n in self._candidates(meant, kind) if n not in excluded)
        if len(names) < number:
            raise _unknown(meant, f"'{meant.text}': I know of {len(names)}")
        if len(names) == number:
            parts = tuple(body.substitute({variable: name}) for name in names)
            return parts[0] if number == 1 else AllOf(parts)
        others = tuple(n for n in self._facts.objects(kind) if n not in names)
        if number == 1:
            return Exists(variable, kind, others, AllOf(()), body)
        return Count(variable, kind, others, body, ">=", number)

    def _exactly(
        self,
        formula: Formula,
        slot: str,
        meant: NounPhrase,
        kind: str,
        rest: list[tuple[str, tuple[NounPhrase, ...]]],
        phrase: Phrase,
    ) -> Formula:
        """Bind "both mugs" and "all three plates", which name the number of matching objects."""
        names = self._candidates(meant, kind)
        if len(names) != meant.number:
            known = ", ".join(name.replace("_", " ") for name in names) or "none"
            message = f"'{meant.text}': I know of {len(names)} ({known}); which are meant?"
            raise _unknown(meant, message)
        parts = [self._bind(formula.substitute({slot: name}), rest, phrase) for name in names]
        return AllOf(tuple(part for whole in parts for part in conjuncts(whole)))

    def _candidates(self, meant: NounPhrase, kind: str) -> tuple[str, ...]:
        quantifier = Quantifier("_", kind, self._others(meant), meant.where("_"))
        return quantifier.qualified(self._facts)

    def _perhaps(self, meant: NounPhrase, kind: str) -> list[str]:
        """Return the objects of which nobody knows if they match."""
        return [
            name.replace("_", " ")
            for name in self._facts.objects(kind)
            if meant.where(name).holds(self._facts) is None
        ]

    def _others(self, meant: NounPhrase) -> tuple[str, ...]:
        """Return the objects that "the other mug" and "another mug" do not mean."""
        if not meant.is_other:
            return ()
        named = (one.noun for some in self.mentioned for one in some if one.noun is not None)
        return tuple(noun.object for noun in named if noun.object is not None)

    def _require_possible(self, formula: Formula) -> None:
        possible = self._lexicon.possible
        if possible is None:
            return
        for atom in formula.atoms():
            is_ground = all(
                term in self._lexicon.vocabulary.object_types for term in atom.fact.terms
            )
            if is_ground and atom.fact not in possible:
                raise Impossible(f"'{atom.fact}' cannot be so here")

    def _can_be_so(self, formula: Formula, slot: str, name: str) -> bool:
        """Return False if a formula has an impossible fact with an object in a slot."""
        try:
            self._require_possible(formula.substitute({slot: name}))
        except Impossible:
            return False
        return True

    def _the_one(
        self,
        meant: NounPhrase,
        kind: str,
        admits: Callable[[str], bool] = lambda name: True,
    ) -> str:
        """Return the one object that is meant; raises `Unclear`.

        Args:
            meant: The noun phrase.
            kind: Type of the candidates.
            admits: Returns False for an object that cannot be meant.
        """
        names = tuple(filter(admits, self._candidates(meant, kind)))
        chosen = self._chosen.get(meant.text)
        if chosen in names:
            return chosen
        if len(names) == 1:
            return names[0]
        if not names:
            unseen = self._perhaps(meant, kind) if meant.filters else []
            if unseen:
                question = f"I do not know which one is '{meant.text}'"
                raise Unclear(question, unseen, about=meant.text, is_misread=True)
            raise _unknown(meant, f"I know of no '{meant.text}'")
        options = [name.replace("_", " ") for name in names]
        raise Unclear(f"which one is '{meant.text}'?", options, about=meant.text)

    def named(self, phrase: NounPhrase) -> tuple[str, ...]:
        """Return the objects that a noun phrase names; raises `Unclear`."""
        if phrase.noun is None:
            raise Unclear(f"what does '{phrase.text}' stand for?")
        if phrase.noun.object is not None:
            return (phrase.noun.object,)
        if phrase.reach == "the":
            return (self._the_one(phrase, phrase.noun.type),)
        return self._candidates(phrase, phrase.noun.type)

    def named_among(self, phrase: NounPhrase, among: Collection[str]) -> tuple[str, ...]:
        """Return the objects that a noun phrase names; an unclear one is resolved among some."""
        try:
            return self.named(phrase)
        except Unclear:
            assert phrase.noun is not None
            names = self._candidates(phrase, phrase.noun.type)
            fitting = tuple(name for name in names if name in among)
            return fitting if len(fitting) == 1 else ()

    def _fresh(self, kind: str) -> str:
        self._variables += 1
        letter = kind[0]
        return letter if self._variables == 1 else f"{letter}{self._variables}"
