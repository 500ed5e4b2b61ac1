"""Reports of a person: compared with the beliefs, never acted on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from treehand.planners.goals.goal import Goal, in_words, say
from treehand.planners.goals.readings import Answer, Question
from treehand.planners.reading.grammar import GrammarGoalReader, Lexicon
from treehand.planners.reading.nouns.noun_finder import NounFinder
from treehand.planners.reading.requests.phrasing import Phrasing
from treehand.planners.reading.words.function_words import SPEAKERS, word_set
from treehand.skills.domain import Atom, Fact, Facts, Forall, Formula, conjuncts

Admits = Callable[[Goal], bool]
"""Returns True if a plan reaches a goal that is not reached yet, and nothing forbids it."""
NOTHING = "nothing"
"""The option that leaves things as they are."""


class ReportReader:
    """Compares what a person reports with what is believed.

    What is known already leads to an offer; anything new is kept as a hint where to look.

    Args:
        lexicon: The words of a domain and scene.
        grammar: Reads statements.
    """

    def __init__(self, lexicon: Lexicon, grammar: GrammarGoalReader) -> None:
        self._lexicon = lexicon
        self._grammar = grammar
        self._phrasing = Phrasing(lexicon)
        self._nouns = NounFinder(lexicon)

    def read(
        self, words: Sequence[str], said: str, facts: Facts, admits: Admits
    ) -> Answer | Question | None:
        """Return an offer if a report is known to be so, else an answer with hints.

        None is returned for a report that tells nothing which the domain can express.

        Args:
            words: The words of the report.
            said: All words of the person.
            facts: Beliefs.
            admits: Tells which goals may be offered.
        """
        needs = self._needs(words, said, facts, admits)
        if needs is not None:
            return needs
        if tuple(words[-4:]) in _UNNEEDED:
            return self._unneeded(words[:-4], said, facts, admits)
        atoms = self._atoms(words, facts)
        known = [atom for atom in atoms if atom.holds(facts)]
        if known and len(known) == len(atoms):
            offer = self._offer(known, said, facts, admits)
            told = "; ".join(say(atom, self._lexicon.domain) for atom in known)
            return offer or Answer(f"{told}, as I see it, too", said, facts=tuple(map(str, known)))
        if atoms:
            told = "; ".join(say(atom, self._lexicon.domain) for atom in atoms)
            hints = tuple(f"{atom} (person)" for atom in atoms)
            return Answer(
                f"noted where to look: {told}; nothing is moved for it", said, hints=hints
            )
        whereabouts = self._where(words, said, facts)
        if whereabouts is not None:
            return whereabouts
        return self._left_out(words, said, facts, admits)

    def taken(self, said: str) -> Answer:
        """Return the answer to a report that tells nothing which the domain can express."""
        named = [self._phrasing.name(name) for name in self._grammar.mentions.named_in(said)[0]]
        about = f" about {', '.join(named[:3])}" if 0 < len(named) <= 3 else ""
        return Answer(f"I take that as a report{about}; say what shall be done, if anything", said)

    def _needs(
        self, words: Sequence[str], said: str, facts: Facts, admits: Admits
    ) -> Question | None:
        """Return the offer of a thing for "I am thirsty"; None if there is none."""
        verb = next((_NEEDS[word] for word in words if word in _NEEDS), "")
        return self._offered_to(verb, said, facts, admits) if SPEAKERS & set(words) else None

    def to_take(
        self, words: Sequence[str], said: str, facts: Facts, admits: Admits
    ) -> Question | None:
        """Return the offer of things for "what is there to drink?"; None for other questions."""
        plain = [word for word in words if word not in ("?", ".", ",")]
        begins = plain[:1] == ["what"] or {"anything", "something"} & set(plain)
        ends = plain[-2:-1] == ["to"] or (plain[-3:-2] and plain[-2] in ("can", "could"))
        is_asked = bool(begins) and bool(ends) and bool(_HAVING & set(plain))
        return self._offered_to(plain[-1], said, facts, admits) if is_asked else None

    def _offered_to(self, verb: str, said: str, facts: Facts, admits: Admits) -> Question | None:
        """Return the offer of the things that one eats, drinks, …; None if there is none."""
        if not verb:
            return None
        things = self._nouns.found(["something", "to", verb])
        names = [noun.object for thing in things for noun in thing.nouns if noun.object is not None]
        asked = [
            in_words(Goal(text=said, formula=phrase.formula.substitute({slot: name})), domain)
            for name in names
            for phrase in self._lexicon.phrases_from("bring")
            for domain in [self._lexicon.domain]
            if len(phrase.params) == 1
            for slot, _ in phrase.params
        ]
        unlike = {str(goal.formula): goal for goal in asked}.values()
        fitting = tuple(goal for goal in unlike if admits(goal))[:3]
        if not fitting:
            return None
        options = [self._phrasing.request(goal.formula) for goal in fitting]
        return Question(
            f"shall I {' or '.join(options)}?", (*options, NOTHING), said=said, goals=fitting
        )

    def _where(self, words: Sequence[str], said: str, facts: Facts) -> Answer | None:
        """Return where a thing is for "I lost my keys", "I can not find them"; else None."""
        at = next((index for index, word in enumerate(words) if word in _MISSING), 0)
        is_missed = words[at] in ("lost", "misplaced", "mislaid") or "not" in words[:at]
        if not at or not is_missed:
            return None
        told = self._grammar.ask(f"where is {' '.join(words[at + 1 :])}", facts)
        return Answer(told, said) if told is not None else None

    def _left_out(
        self, words: Sequence[str], said: str, facts: Facts, admits: Admits
    ) -> Question | None:
        """Return the offer to put away what was left out, or to turn off what was left on."""
        if "left" not in words or words[-1:] == ["left"]:
            return None
        thing, state = words[list(words).index("left") + 1 : -1], words[-1]
        is_out = state in _LYING_OUT
        asked = ["put", *thing, "away"] if is_out else [*thing, "is", "not", state]
        return self._asked_for(asked, said, facts, admits) if thing else None

    def _unneeded(
        self, thing: Sequence[str], said: str, facts: Facts, admits: Admits
    ) -> Question | None:
        """Return the offer to turn off what is no longer needed; None where nothing is on."""
        states = ([*thing, "is", "not", state] for state in ("on", "running"))
        offers = (self._asked_for(asked, said, facts, admits) for asked in states)
        return next((one for one in offers if one is not None), None)

    def _asked_for(
        self, asked: Sequence[str], said: str, facts: Facts, admits: Admits
    ) -> Question | None:
        """Return the question whether what words ask for shall be done; None if it cannot be."""
        formula = self._grammar.statement(" ".join(asked), facts)
        if formula is None:
            return None
        goal = in_words(Goal(text=said, formula=formula), self._lexicon.domain)
        if not admits(goal):
            return None
        option = self._phrasing.request(formula)
        return Question(f"shall I {option}?", (option, NOTHING), said=said, goals=(goal,))

    def _atoms(self, words: Sequence[str], facts: Facts) -> list[Atom]:
        """Return the literals that a report states; none if it is not fully understood."""
        plain = [word for word in words if word not in _HEDGES]
        statement = self._grammar.statement(" ".join(plain), facts)
        said: Sequence[Formula] = conjuncts(statement) if statement is not None else ()
        parts = [one for part in said for one in _of_each(part, facts)]
        return (
            [part for part in parts if isinstance(part, Atom)]
            if all(isinstance(part, Atom) for part in parts)
            else []
        )

    def _offer(
        self, known: Sequence[Atom], said: str, facts: Facts, admits: Admits
    ) -> Question | None:
        """Return the question if the reported state shall be changed; None if nothing fits."""
        goals = [goal for atom in known for goal in self._remedies(atom, said, facts)]
        unlike = {str(goal.formula): goal for goal in goals}.values()
        fitting = [goal for goal in unlike if admits(goal)][:3]
        if not fitting:
            return None
        told = "; ".join(say(atom, self._lexicon.domain) for atom in known)
        options = [self._phrasing.request(goal.formula) for goal in fitting]
        ask = f"{told}, as I see it: shall I {' or '.join(options)}?"
        return Question(ask, (*options, NOTHING), said=said, goals=tuple(fitting))

    def _remedies(self, atom: Atom, said: str, facts: Facts) -> Iterator[Goal]:
        """Yield the goals that change a state: its opposite, or the place of a thing."""
        domain = self._lexicon.domain
        if len(atom.fact.terms) == 1 or not atom.positive:
            yield in_words(Goal(text=said, formula=Atom(atom.fact, not atom.positive)), domain)
            return
        item = atom.fact.terms[0]
        for fact in facts.true_facts():
            if domain.predicates[fact.predicate].known_by == "given" and fact.terms[:1] == (item,):
                yield from self._kept(item, fact, atom, said)

    def _kept(self, item: str, kept: Fact, now: Atom, said: str) -> Iterator[Goal]:
        for names in self._lexicon.relations.values():
            for name in names:
                fact = Fact(name, (item, *kept.terms[1:]))
                if self._lexicon.is_well_typed(fact) and fact != now.fact:
                    goal = Goal(text=said, formula=Atom(fact))
                    yield in_words(goal, self._lexicon.domain)


def _of_each(part: Formula, facts: Facts) -> Iterator[Formula]:
    """Yield what "the stove is on" says of its burners: of those that are on, if any is."""
    if not isinstance(part, Forall):
        yield part
        return
    each = [part.body.substitute({part.variable: name}) for name in part.qualified(facts)]
    yield from [one for one in each if one.holds(facts)] or each


_UNNEEDED = {(be, "no", "longer", "needed") for be in ("is", "are")}
"""Ends of reports about what may be turned off."""
_NEEDS = {"thirsty": "drink", "hungry": "eat", "starving": "eat", "peckish": "eat"}
"""A person's state to the verb of the thing that helps."""
_MISSING = frozenset({"lost", "misplaced", "mislaid", "find", "see"})
_HAVING = frozenset({"there", "have", "got"})
_LYING_OUT = frozenset({"out", "around", "about"})
_HEDGES = word_set(
    "still already again now currently i think believe guess suppose notice noticed see saw"
    " know just so very too really that fyi hey robot here back also"
)
"""Words of a report that do not change what it states."""
