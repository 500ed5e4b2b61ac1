"""Resolution of clauses to formulas: noun phrases become objects, quantifiers or questions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from treehand.planners.goals.changes import sparing_denied
from treehand.planners.reading.grammar.clause_order import GOING, ClauseOrder, all_of, parts_of
from treehand.planners.reading.grammar.clauses import Bound, Clause, Either
from treehand.planners.reading.grammar.nouns.noun_phrase import NounPhrase
from treehand.planners.reading.grammar.one_and_others import parted
from treehand.planners.reading.grammar.referents import CONTENTS, Referents, Unclear, unknown_object
from treehand.planners.reading.lexicon import Lexicon, Noun, Phrase
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
    conjuncts,
    positive_form,
)

_STATIVE = frozenset(
    {"keep", "leave", "have", "hold", "stay", "stand", "be", "linger", "remain", "hang", "wait"}
    | {"carry", "go", "come", "keeping", "leaving", "having", "holding", "staying", "standing"}
    | {"being", "lingering", "remaining", "hanging", "waiting", "carrying", "going", "coming"}
)
"""Verbs of state: "do not stay there" concerns what is there now."""
KEEPING = frozenset({"keep", "keeping", "keeps", "stay", "stays", "remain", "remains"})
"""Words that forbid a change of the present state: "keep the fridge closed"."""


_LEAVING = frozenset({"leave", "leaving"})


def _is_stative(phrase: Phrase) -> bool:
    """Return True if a phrase is about a state, not about an action."""
    return phrase.words[0].startswith("{") or phrase.words[0] in _STATIVE


def _undoes(body: Formula, where: Formula) -> bool:
    """Return True for "wipe any table that is dirty", after which it is not dirty."""
    undone = {positive_form(Negation(part)) for part in conjuncts(where)}
    return bool(undone & set(conjuncts(body)))


def _takes_away(body: Formula, phrase: Phrase) -> bool:
    """Return True for "take the plates off the table", which is about those that are there."""
    is_placing = isinstance(body, Atom) and not body.positive and len(body.fact.terms) > 1
    return is_placing and bool(phrase.verb) and not KEEPING & set(phrase.verb)


def _widest_first(bound: Bound) -> list[tuple[str, tuple[NounPhrase, ...]]]:
    """Return the slots of a clause, "each" and "every" before "a" and "one".

    "Put one screw in each crate" asks for a screw of its own in every crate.
    """

    def is_each(phrases: tuple[NounPhrase, ...]) -> bool:
        words = phrases[0].text.split()
        return len(phrases) == 1 and phrases[0].is_universal and words[0] in ("each", "every")

    return sorted(bound.items(), key=lambda slot: not is_each(slot[1]))


def _forbidden(formula: Formula) -> Formula:
    """Return the formula of "do not …"; of several objects, none may be so."""
    if isinstance(formula, Forall):
        return replace(formula, body=_forbidden(formula.body))
    if isinstance(formula, Exists):
        quantifier = (formula.variable, formula.type, formula.excluded, formula.where)
        return Forall(*quantifier, body=_forbidden(formula.body))
    parts = tuple(positive_form(Negation(part)) for part in conjuncts(formula))
    return parts[0] if len(parts) == 1 else AllOf(parts)


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
        self.referents = Referents(lexicon, facts, mentioned, chosen)
        """Objects of noun phrases."""
        self._order = ClauseOrder(lexicon, facts)
        self.mentioned = self.referents.mentioned
        """Noun phrases of every slot so far, oldest first, those of earlier requests included."""
        self.before = self._order.before
        """Formulas to be made true first, one after the other."""
        self.never: list[Formula] = []
        """Constraints: formulas that must not become true."""
        self._untouched: list[Formula] = []
        """Parts of "do not touch …"."""
        self._spared: set[str] = set()
        """Objects that shall not be touched."""
        self._denied: list[Formula] = []
        """Parts that hold as long as nothing is done that the words forbid."""
        self._so_already: dict[str, list[Formula]] = {}
        """Words of denied acts to what they bring about, which is so already."""
        self._only_forbids = False
        """True if no clause asks for anything."""
        self._variables = 0

    def formula(self, clauses: Sequence[Clause | Either]) -> Formula:
        """Return the formula of all clauses together; raises `Unclear`.

        A clause that a later one excludes comes before the rest: "open the fridge and close it" is
        "first open the fridge, then close it". One that is a step towards a later one is dropped:
        "take the milk and put it in the fridge" asks for milk in the fridge.
        """
        clauses = parted(clauses, self.referents)
        self._only_forbids = all(isinstance(one, Clause) and one.is_forbidden for one in clauses)
        wholes: list[tuple[Formula, ...]] = []
        """The parts of each clause so far that are still wanted at the end."""
        for index, clause in enumerate(clauses):
            if isinstance(clause, Clause) and self._order.is_way_to(clause, clauses[index + 1 :]):
                way = conjuncts(self._clause(clause))
                if clause.phrase.verb[0] in GOING and way:
                    self.before.append(all_of(way))
                continue
            parts = parts_of(wholes)
            if isinstance(clause, Clause) and clause.comes_then and parts:
                plain = self._order.without_implied(parts, wholes)
                self.before.append(all_of(plain or parts))
            self.referents.is_carried = False
            whole = self._either(clause) if isinstance(clause, Either) else self._clause(clause)
            wanted = conjuncts(whole)
            if self.referents.is_carried:
                wholes, wanted = self._of_the_same_one(wholes, wanted)
            if isinstance(clause, Clause) and not clause.comes_then:
                wanted = self._order.sparing_named(wholes, wanted)
            wholes = [*self._order.in_order(wholes, wanted), wanted]
        parts = self._order.without_implied(parts_of(wholes), wholes)
        self.before[:] = filter(None, map(self._sparing, self.before))
        touched = (part for part in parts if part not in self._untouched)
        asked = [one for one in map(self._sparing, touched) if one is not None]
        if not parts and not self._so_already:
            raise Unclear("what shall be done with it?", is_misread=True)
        is_spared = bool(self._denied) and not set(asked) <= set(parts)
        self._require_denials_told(() if self._only_forbids else asked, is_spared=is_spared)
        if not is_spared:  # what is not to be done is not so at the end, either
            asked += [part for part in self._denied if self._stays(part) and part not in asked]
        return all_of(asked or parts)  # "do not touch it" only limits what else is asked

    def _stays(self, part: Formula) -> bool:
        """Return True for a single fact that holds as long as nothing is done."""
        return isinstance(part, Atom) and part.holds(self._facts) is True

    def _require_denials_told(self, asked: Sequence[Formula], *, is_spared: bool) -> None:
        """Raise `Unclear` for an act that is denied, so already, and not asked to be undone.

        Args:
            asked: Parts that are asked for: "do not close it, open it" tells what shall be.
            is_spared: True if the denial is an exception from what is asked for.
        """
        for said, denied in self._so_already.items():
            undone = {positive_form(Negation(part)) for part in denied}
            if not is_spared and not undone & set(asked):
                raise Unclear(f"'do not {said}': it is so already; shall that change, or stay?")

    def _of_the_same_one(
        self, wholes: list[tuple[Formula, ...]], wanted: Sequence[Formula]
    ) -> tuple[list[tuple[Formula, ...]], tuple[Formula, ...]]:
        """Return parts in which "a mug" and "it" are one thing: "wash a mug and put it there".

        Raises:
            Unclear: If what is asked of the thing cannot be so at once.
        """
        joined: list[Formula] = []
        for part in wanted:
            earlier = [
                one
                for whole in wholes
                for one in whole
                if isinstance(one, Exists) and isinstance(part, Exists) and one.type == part.type
            ]
            if not earlier:
                joined.append(part)
                continue
            both = self._order.of_one_thing(earlier[-1], part)
            if both is None:
                raise Unclear("what does 'it' stand for? please name it")
            joined.append(both)
            wholes = [tuple(one for one in whole if one != earlier[-1]) for whole in wholes]
            self.before[:] = [one for one in self.before if one != earlier[-1]]
        return wholes, tuple(joined)

    def _sparing(self, part: Formula) -> Formula | None:
        """Return a part without what shall not be touched, or not be so; None if that is all."""
        left = sparing_denied(part, self._denied, self._facts)
        if isinstance(left, Forall) and self._spared:
            spared = [name for name in self._facts.objects(left.type) if name in self._spared]
            return replace(left, excluded=tuple(dict.fromkeys((*left.excluded, *spared))))
        return left

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
            if KEEPING & set(clause.phrase.words) and not clause.comes_then and is_sure:
                so = (part for part in conjuncts(formula) if part.holds(self._facts) is True)
                self.never += [positive_form(Negation(part)) for part in so]
            return formula
        for phrase in (one for some in clause.bound.values() for one in some):
            if phrase.reach == "all" and phrase.text.split()[0] in ("all", "every", "each"):
                raise Unclear(f"'not {phrase.text}': is none meant, or some and not all?")
        is_act = not _is_stative(clause.phrase)
        if _LEAVING & set(clause.phrase.words) and not self._only_forbids:
            return _forbidden(formula)  # "… and do not leave it open": in the end
        denied = [positive_form(Negation(_forbidden(part))) for part in conjuncts(formula)]
        not_so = [part for part in denied if not part.holds(self._facts)]
        self.never += not_so
        if is_act and len(not_so) < (len(denied) if self._only_forbids else 1):
            self._so_already[clause.said] = denied  # "do not close the fridge", which is closed
        forbidden = _forbidden(formula)
        if clause.phrase.verb in (("touch",), ("touching",)):
            for one in (one for some in clause.bound.values() for one in some):
                self.referents.require_told_anew(one)
            self._untouched += conjuncts(forbidden)
            told = (
                meant
                for slot, some in clause.bound.items()
                for one in some
                for meant in self.referents.antecedents(one, clause.phrase.kind_of(slot))
            )
            self._spared.update(name for one in told for name in self.referents.named(one))
        elif is_act and not self._only_forbids:
            self._denied += conjuncts(forbidden)
            return AllOf(())  # "do not wash it, put it away" does not ask for a dirty one
        return forbidden

    def _asked(self, clause: Clause) -> Formula:
        self.referents.is_forbidden = clause.is_forbidden
        formula = self._bind(clause.phrase.formula, _widest_first(clause.bound), clause.phrase)
        for other in clause.others:
            bound = list(zip(dict(other.params), clause.bound.values(), strict=True))
            more = conjuncts(self._bind(other.formula, bound, other))
            formula = AllOf((*conjuncts(formula), *more))
        for slot, phrases in clause.bound.items():
            if any(phrase.noun is not None for phrase in phrases):
                self.mentioned.append(self._as_taken(clause, slot))
        self.mentioned.extend(self._contents(clause))
        if not clause.bound:
            self.mentioned.extend((phrase,) for phrase in self._named_in(clause.phrase))
        return formula

    def _as_taken(self, clause: Clause, slot: str) -> tuple[NounPhrase, ...]:
        """Return the noun phrases of a slot as "them" stands for them.

        After "take the plates from the table" these are the plates that are there.
        """
        phrases, body = clause.bound[slot], clause.phrase.formula
        if not isinstance(body, Atom) or not _takes_away(body, clause.phrase):
            return phrases
        places = {n: self._only(some) for n, some in clause.bound.items() if n != slot}
        if body.fact.terms != (slot, *places) or not all(places.values()):
            return phrases
        was = positive_form(Negation(body)).substitute({slot: "_", **places})
        assert isinstance(was, Atom)
        taken = [replace(one, filters=(*one.filters, was), is_taken=True) for one in phrases]
        return tuple(
            then
            if one.noun is not None
            and one.noun.object is None
            and (not one.is_any or self.referents.candidates(then, one.noun.type))
            else one
            for one, then in zip(phrases, taken, strict=True)
        )

    def _contents(self, clause: Clause) -> Iterator[tuple[NounPhrase, ...]]:
        """Yield "everything that is on it" after "clear the table", as "them" stands for it."""
        body = clause.phrase.formula
        if clause.is_forbidden or not isinstance(body, Forall) or not isinstance(body.where, Atom):
            return
        places = {name: self._only(some) for name, some in clause.bound.items()}
        if set(body.where.fact.terms) != {body.variable, *places} or not all(places.values()):
            return
        was = body.where.substitute({body.variable: "_", **places})
        assert isinstance(was, Atom)
        if _takes_away(body.body, clause.phrase):
            noun = Noun(None, body.type, is_plural=False)
            yield (NounPhrase(CONTENTS, noun, "all", filters=(was,), is_taken=True),)

    def _only(self, phrases: Sequence[NounPhrase]) -> str:
        """Return the one object that noun phrases mean; empty if they mean more, or nothing."""
        noun = phrases[0].noun if len(phrases) == 1 else None
        if noun is None or noun.object is not None:
            return noun.object or "" if noun else ""
        names = noun.among or self._facts.objects(noun.type)
        return names[0] if len(names) == 1 else ""

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
            self.referents.require_possible(formula)
            self.referents.require_told(formula)
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
            for meant in self.referents.antecedents(noun_phrase, kind):
                parts.extend(conjuncts(self._one(formula, slot, meant, kind, rest, phrase)))
        return parts[0] if len(parts) == 1 else AllOf(tuple(parts))

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
            if meant.noun.object in self.referents.others(meant):
                raise Unclear(f"which other one is '{meant.text}'?", is_misread=True)
            if meant.where(meant.noun.object).holds(self._facts) is False:
                whole = formula.substitute({slot: meant.noun.object})
                made = self._made_so(meant, meant.noun.object, self._bind(whole, rest, phrase))
                if made is not None:
                    return made
                raise unknown_object(meant, f"'{meant.text}': that is not so, as far as I know")
            return self._bind(formula.substitute({slot: meant.noun.object}), rest, phrase)
        is_a = self._lexicon.vocabulary.is_a
        narrow = meant.noun.type if is_a(meant.noun.type, kind) else kind
        if meant.is_everything:
            narrow = self.referents.changeable(formula, slot, narrow)
            meant = self.referents.fitting(meant, narrow)
        narrow = self.referents.told_of(meant, narrow)
        if meant.reach == "vague" or meant.number == 0:
            raise Unclear(f"how many are '{meant.text}'?")
        if meant.reach == "the":
            so = formula if phrase.verb and not rest else self._taken_from(formula, rest)
            name = self.referents.the_one(
                meant, narrow, lambda n: self.referents.can_be_so(formula, slot, n), so
            )
            return self._bind(formula.substitute({slot: name}), rest, phrase)
        if meant.reach == "both" or (meant.reach == "all" and meant.number is not None):
            return self._exactly(formula, slot, meant, narrow, rest, phrase)
        if meant.is_other and meant.reach == "some":
            names = [
                n for n in self._facts.objects(narrow) if n not in self.referents.others(meant)
            ]
            if len(names) == 1:
                return self._bind(formula.substitute({slot: names[0]}), rest, phrase)
        variable = self._fresh(narrow)
        body = self._bind(formula.substitute({slot: variable}), rest, phrase)
        if meant.reach == "some" and not any(variable in a.fact.terms for a in body.atoms()):
            return body  # "wipe the table with a sponge" asks for a table that is wiped
        excluded = tuple(name for one in meant.exceptions for name in self.referents.spared(one))
        excluded += tuple(
            n for n in self.referents.others(meant) if n in self._facts.objects(narrow)
        )
        where = meant.where(variable)
        if meant.left_n:
            fitting = self.referents.candidates(meant, narrow)
            wanted_n = len([name for name in fitting if name not in excluded]) - meant.left_n
            if wanted_n < 1:
                raise unknown_object(meant, f"'{meant.text}': I know of {len(fitting)}")
            return self._some(
                replace(meant, number=wanted_n), variable, narrow, where, body, excluded
            )
        is_whichever = meant.text.startswith("any ") and " that " in meant.text
        if meant.reach == "all" or (is_whichever and _undoes(body, where)):
            if _takes_away(body, phrase) and not meant.filters:
                where = positive_form(Negation(body))
            return Forall(variable, narrow, excluded, where, body)
        return self._some(meant, variable, narrow, where, body, excluded)

    def _taken_from(
        self, formula: Formula, rest: Sequence[tuple[str, tuple[NounPhrase, ...]]]
    ) -> Formula | None:
        """Return the order about the thing alone in "take the parcel off my desk"; else None."""
        if not isinstance(formula, Atom) or formula.positive or len(rest) != 1:
            return None
        slot, places = rest[0]
        place = self._only(places)
        return formula.substitute({slot: place}) if place else None

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
        names = tuple(n for n in self.referents.candidates(meant, kind) if n not in excluded)
        if not names and number == 1:
            made = self._made_so(meant, variable, body)
            if made is not None:
                return Exists(variable, kind, excluded, AllOf(()), made)
        if len(names) < number:
            raise unknown_object(meant, f"'{meant.text}': I know of {len(names)}")
        if len(names) == number:
            parts = tuple(body.substitute({variable: name}) for name in names)
            return parts[0] if number == 1 else AllOf(parts)
        others = tuple(n for n in self._facts.objects(kind) if n not in names)
        if number == 1:
            return Exists(variable, kind, others, AllOf(()), body)
        return Count(variable, kind, others, body, ">=", number)

    def _made_so(self, meant: NounPhrase, name: str, body: Formula) -> Formula | None:
        """Return "it is clean, and in the cupboard" for "a rinsed mug" where none is clean.

        Returns:
            The formula; None if nothing makes a thing so, or it cannot be so at once.
        """
        states = conjuncts(meant.where(name))
        changed = {
            (effect.fact.predicate, effect.positive)
            for model in self._lexicon.domain.skills.values()
            for effect in model.effects
        }
        is_made = all(
            isinstance(one, Atom)
            and len(one.fact.terms) == 1
            and (one.fact.predicate, one.positive) in changed
            for one in states
        )
        if meant.reach != "some" or not states or not is_made:
            return None
        return self._order.together(states, body)

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
        names = self.referents.candidates(meant, kind)
        if len(names) != meant.number:
            known = ", ".join(name.replace("_", " ") for name in names) or "none"
            message = f"'{meant.text}': I know of {len(names)} ({known}); which are meant?"
            raise unknown_object(meant, message)
        spared = {name for one in meant.exceptions for name in self.referents.spared(one)}
        wanted = [name for name in names if name not in spared]
        if not wanted:
            raise unknown_object(meant, f"'{meant.text}': nothing is left of them")
        parts = [self._bind(formula.substitute({slot: name}), rest, phrase) for name in wanted]
        return AllOf(tuple(part for whole in parts for part in conjuncts(whole)))

    def _fresh(self, kind: str) -> str:
        self._variables += 1
        letter = kind[0]
        return letter if self._variables == 1 else f"{letter}{self._variables}"
