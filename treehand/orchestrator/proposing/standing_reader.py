"""Standing orders in one session: given, lifted, listed and kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from treehand.orchestrator.store.standing_orders import StandingOrders
from treehand.planners import Answer, Goal, GrammarGoalReader, Question, Reading, Refusal
from treehand.planners.goals.requirements.requirement import Response, opposite
from treehand.planners.goals.requirements.standing_order import StandingOrder
from treehand.planners.hazards.asked_literals import leads_to
from treehand.planners.hazards.caution import Caution
from treehand.planners.hazards.standing_words import (
    StandingWords,
    denials,
    denied_acts,
    standing_words,
    stopped_doing,
)
from treehand.planners.reading.restricted_orders import NO, YES
from treehand.planners.reading.words.function_words import word_set
from treehand.skills.domain import (
    AnyOf,
    Atom,
    Facts,
    Forall,
    Formula,
    Negation,
    conjuncts,
    positive_form,
)

RULE = "standing-order"
"""Name of the rule in refusals and cautions."""
_SO_ALREADY = "it is so already"
"""Words of the question about what is denied, and so now."""
_NONE = "there are no standing orders"
_ANYTHING = ("anything", "any thing", "any object")
_LETTING = frozenset({"leave", "keep", "let", "have", "forget", "fail", "bother"})
"""Verbs whose denial asks for something: "don't leave the drawers open"."""
_PAUSE = re.compile(r"\s*(?:[,;]|\bbut\b|\binstead\b)\s*(?:(?:and|then|just|please|but)\s+)*")
_TALK = re.compile(r"^(?:(?:oh no|oh|ah|hey|ooh)[ ,!]+)+", re.IGNORECASE)
_REASON = re.compile(
    r"\s*[,;]\s*(?:i|we|it|he|she|that|they|there|the|my|because|since)\b[^,;]*$|\s*,\s*[a-z]+'"
    r"(?:s|m|re)\b[^,;]*$",
    re.IGNORECASE,
)
"""Reason at the end of a denial."""
_LEAVING = frozenset({"leave", "keep", "let"})
_BESIDE = word_set("and but or just only instead rather if unless when until till before")
"""Words after which a text may ask for something else."""
_HANDLING = frozenset({"move", "handle", "lift", "use", "grab", "pick", "take", "hold", "carry"})


@dataclass(frozen=True)
class Denied:
    """Prohibition by words that ask for nothing: "please don't open the fridge"."""

    order: str
    """The standing order that would forbid it for good, in words; empty if there is none."""
    never: Formula

    @property
    def hint(self) -> str:
        """Return the end of an answer that names the standing order."""
        return f"; for a standing order say '{self.order}'" if self.order else ""


class StandingReader:
    """Reads words about standing orders, and holds goals to the orders.

    Args:
        orders: The orders in force.
        grammar: Reads what they are about.
        may_ask: Tells whether words ask for something.
    """

    def __init__(
        self,
        orders: StandingOrders,
        grammar: GrammarGoalReader,
        may_ask: Callable[[str], bool],
    ) -> None:
        self._may_ask = may_ask
        self.orders = orders
        """The orders in force."""
        self._grammar = grammar
        self._last: StandingOrder | None = None
        """The order that was given last, which "forget that" lifts."""

    def take(self, text: str, facts: Facts) -> Answer | None:
        """Give, lift or list orders, and return the answer; None if a text is about none.

        Raises:
            InputError: If the file of the orders cannot be changed.
        """
        said = standing_words(text)
        if said is None:
            return None
        match said.kind:
            case "list":
                return Answer("\n".join(self.lines()) or _NONE, said=text)
            case "forbid":
                formula = self._formula(said.rest, facts)
                if formula is None and said.rest.split()[0] in _LEAVING:  # it is so now
                    formula = self._ended_by(f"do not {said.rest}", facts)
                return self._given(said, text, formula, facts)
            case "end":
                return self._given(said, text, self._ended_by(said.rest, facts), facts)
            case "keep":
                read = self._grammar.interpret(said.rest, facts)
                kept = opposite(read.formula) if isinstance(read, Goal) else None
                return self._given(said, text, kept, facts)
            case "allow":
                formula = self._formula(said.rest, facts)
                return self._lift(self._about(formula), text) if formula is not None else None
        if said.is_all and not self.orders.orders:
            return Answer(_NONE, said=text)
        meant = self._meant(said, facts)
        if said.number is not None and not meant:
            return Answer(f"there is no standing order {said.number}", said=text)
        return self._lift(meant, text)

    def offered(self, text: str, facts: Facts) -> str:
        """Return the order that "stop putting plates in the sink" may mean; empty for none."""
        doing = stopped_doing(text)
        if doing:
            return f"never {doing}" if self._formula(doing, facts) is not None else ""
        denied = self.denied(text, facts)
        return denied.order if denied is not None else ""

    def denied(self, text: str, facts: Facts) -> Denied | None:
        """Return the prohibition of a text that asks for nothing; None for any other text.

        What is so now is left to the reader of goals: "don't leave the fridge open" asks to close
        it.
        """
        text = self._without_reason(text)
        found = [self._denied(one, facts) for one in denials(text)]
        if len(found) < 2 or None in found:
            return found[0] if len(found) == 1 else None
        return Denied("", AnyOf(tuple(one.never for one in found if one is not None)))

    def doubted(self, text: str, facts: Facts) -> Reading | None:
        """Return the answer to "don't close it" while it is closed; None for any other text."""
        text = self._without_reason(text)
        for act in denied_acts(text):
            if act.split()[0] in _LETTING or self._asks_more(act):
                continue
            never = self._formula(act, facts)
            if never is None or never.holds(facts) is not True:
                continue
            read = self._grammar.interpret(text, facts)
            if not (isinstance(read, Question) and _SO_ALREADY in read.text):
                return None
            other = positive_form(Negation(never))
            if not isinstance(other, Atom):
                return Answer("it is so already, as I see it; nothing is done", said=text)
            goal = Goal(text=text, formula=other)
            return Question(f"{_SO_ALREADY}; shall that change?", (YES, NO), text, goals=(goal,))
        return None

    def _without_reason(self, text: str) -> str:
        """Return "don't close it" of "oh no, don't close it, I am watching that"."""
        text = _TALK.sub("", text)
        reason = _REASON.search(text)
        return text if reason is None or self._asks_more(text) else text[: reason.start()]

    def _denied(self, text: str, facts: Facts) -> Denied | None:
        """Return the prohibition of a text with one of them."""
        for act in denied_acts(text):
            if self._asks_more(act) or (
                act.split()[0] in _LETTING and self._is_undone(text, facts)
            ):
                return None
            never = self._formula(act, facts)
            if never is not None:
                is_so = never.holds(facts) is True
                return None if is_so else Denied(f"never {act}", never)
        return self._denied_goal(text, facts)

    def _is_undone(self, text: str, facts: Facts) -> bool:
        """Return True for "don't leave anything on the bed" while something lies there."""
        with self._grammar.undisturbed():
            read = self._grammar.interpret(text, facts)
        return isinstance(read, Goal) and read.formula.holds(facts) is not True

    def _asks_more(self, act: str) -> bool:
        """Return True for "wash the pan, put it in the sink", which is no act alone."""
        _, *later = _PAUSE.split(act)
        return any(self._may_ask(one) for one in later if one)

    def _denied_goal(self, text: str, facts: Facts) -> Denied | None:
        """Return the prohibition of a goal that no standing order can forbid: "… the table"."""
        for act in denied_acts(text):
            words = act.split()
            if words[0] in _LETTING or _BESIDE & set(words) or "," in act:
                continue
            with self._grammar.undisturbed():
                read = self._grammar.interpret(act, facts)
            if isinstance(read, Goal) and read.formula.holds(facts) is not True:
                return Denied("", read.formula)
        return None

    def lines(self) -> Iterator[str]:
        """Yield a line for each order, with the words that lift it."""
        for number, order in enumerate(self.orders.orders, 1):
            yield f"{number}. {order.said} (since {order.since}; lift it: 'forget order {number}')"

    def refusal(self, goal: Goal, facts: Facts) -> Refusal | None:
        """Return the refusal of a goal that a standing order forbids; None if it may be so."""
        for number, order in enumerate(self.orders.orders, 1):
            if any(leads_to(order.never, ending, facts) for ending in goal.endings()):
                words = (
                    f"you said '{order.said}' on {order.since} ({order.words}); "
                    f"'forget order {number}' lifts it"
                )
                return Refusal(words, said=goal.text, goal=goal, hazard=RULE)
        return None

    def kept(self, goal: Goal) -> Goal:
        """Return a goal that also asks for what has to be so at the end of every run."""
        orders = (one.never for one in self.orders.orders if one.at_end)
        wanted = tuple(Response(never, opposite(never)) for never in orders)
        requirements = tuple(dict.fromkeys((*goal.requirements, *wanted)))
        return goal.model_copy(update={"requirements": requirements})

    def cautions(self) -> tuple[Caution, ...]:
        """Return the orders that a plan keeps, for the person who approves it."""
        return tuple(
            Caution(RULE, "mention", f"kept: '{order.said}'") for order in self.orders.orders
        )

    def told_of(self, goal: Goal) -> str:
        """Return a remark on the orders about the things of a goal without a plan; may be empty."""
        terms = {term for one in goal.endings() for atom in one.atoms() for term in atom.fact.terms}
        about = [
            f"'{order.said}'"
            for order in self.orders.orders
            if terms & {term for atom in order.never.atoms() for term in atom.fact.terms}
        ]
        return f"; standing orders: {', '.join(about)}" if about else ""

    def _given(
        self, said: StandingWords, text: str, formula: Formula | None, facts: Facts
    ) -> Answer | None:
        """Keep an order that forbids a formula, and return the answer; None without a formula."""
        if formula is None:
            return None
        is_left = said.kind == "forbid" and said.rest.split()[0] in _LEAVING
        at_end = said.kind == "end" or is_left
        self._last = order = self.orders.add(text.strip(), formula, at_end=at_end)
        self._grammar.mention(said.rest.split())
        number = self.orders.orders.index(order) + 1
        kept = f"standing order {number}: {order.words}"
        until = "until the end of the next goal" if at_end else "until something changes it"
        now = f"; it is so now, and stays {until}" if formula.holds(facts) else ""
        if not self.orders.is_writable:
            words = f"a standing order: {order.words}{now}; only 'run' and the console keep it"
            return Answer(words, said=text)
        return Answer(f"{kept}{now} (lift it: 'forget order {number}')", said=text)

    def _lift(self, orders: tuple[StandingOrder, ...], text: str) -> Answer | None:
        if not orders:
            return None
        self.orders.lift(orders)
        told = ", ".join(f"'{order.said}'" for order in orders)
        if not self.orders.is_writable:
            words = f"it lifts {told}; only 'run' and the console do that"
            return Answer(words, said=text)
        return Answer(f"lifted: {told}", said=text)

    def _meant(self, said: StandingWords, facts: Facts) -> tuple[StandingOrder, ...]:
        """Return the orders that are to be forgotten."""
        orders = self.orders.orders
        if said.is_all:
            return orders
        if said.number is not None:
            return orders[said.number - 1 : said.number] if said.number else ()
        if said.is_last:
            return (self._last,) if self._last in orders and self._last is not None else ()
        denied = standing_words(said.rest)
        if denied is not None and denied.kind == "forbid":
            return self._about(self._formula(denied.rest, facts))
        names = set(self._grammar.objects(said.rest, facts))
        return tuple(
            order
            for order in orders
            if all(names & set(atom.fact.terms) for atom in order.never.atoms())
        )

    def _about(self, formula: Formula | None) -> tuple[StandingOrder, ...]:
        """Return the orders that forbid something of a formula."""
        atoms = set(formula.atoms()) if formula is not None else set()
        return tuple(one for one in self.orders.orders if atoms & set(one.never.atoms()))

    # The words of an order.

    def _ended_by(self, order: str, facts: Facts) -> Formula | None:
        """Return the state that an order ends: "close the fridge"; None for any other order."""
        read = self._grammar.interpret(order, facts)
        if not isinstance(read, Goal) or read.before or read.cases or read.requirements:
            return None
        if not all(map(_is_off, conjuncts(read.formula))):
            return None
        return opposite(read.formula)

    def _formula(self, rest: str, facts: Facts) -> Formula | None:
        """Return the formula that an order forbids; None if the grammar has no reading."""
        for way in _ways(rest):
            found = list(dict.fromkeys(self._readings(way, facts)))
            if found:
                return found[0] if len(found) == 1 else AnyOf(tuple(found))
        return None

    def _readings(self, rest: str, facts: Facts) -> Iterator[Formula]:
        anything = next((word for word in _ANYTHING if word in rest), None)
        if anything is not None:
            for name in facts.vocabulary.object_types:
                spoken = rest.replace(anything, f"the {name.replace('_', ' ')}", 1)
                yield from self._never_of(spoken, facts, has_options=False)
            return
        yield from self._never_of(rest, facts, has_options=True)

    def _never_of(self, rest: str, facts: Facts, *, has_options: bool) -> Iterator[Formula]:
        """Yield what is forbidden; of things that the words do not tell apart, all of them.

        Words that ask for something, too, are a goal with a constraint of its own.
        """
        read = self._grammar.interpret(f"never {rest}", facts)
        if isinstance(read, Goal) and _only_forbids(read):
            yield from read.never
        elif isinstance(read, Question) and _SO_ALREADY in read.text:
            so = self._grammar.interpret(rest, facts)  # what is forbidden is so now
            if isinstance(so, Goal) and not (so.before or so.never or so.cases):
                yield so.formula
        elif isinstance(read, Question) and read.about and has_options:
            for option in read.options:
                meant = read.meaning(option).removeprefix("never ")
                yield from self._never_of(meant, facts, has_options=False)


def _is_off(formula: Formula) -> bool:
    """Return True for "the fridge is closed", which ends what may be so for a while."""
    body = formula.body if isinstance(formula, Forall) else formula
    return isinstance(body, Atom) and not body.positive


def _only_forbids(goal: Goal) -> bool:
    """Return True if a goal asks for nothing but what its constraints keep."""
    kept = {positive_form(Negation(formula)) for formula in goal.never}
    return not (
        goal.before or goal.cases or goal.requirements or set(conjuncts(goal.formula)) - kept
    )


def _ways(rest: str) -> Iterator[str]:
    """Yield the words of an order, and those in which moving a thing is touching it."""
    yield rest
    verb, _, thing = rest.partition(" ")
    if verb in _HANDLING and thing:
        yield f"touch {thing.removeprefix('up ')}"
