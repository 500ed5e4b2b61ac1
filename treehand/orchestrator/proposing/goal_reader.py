"""Reading of a person's words: by the built-in grammar, or by a language model beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Protocol

from treehand.core.errors import InputError, ModelError
from treehand.core.events import ModelCalled
from treehand.core.tracing import Tracing
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.proposing.checked_reader import CheckedReader
from treehand.orchestrator.proposing.learned_reader import LearnedReader
from treehand.orchestrator.proposing.standing_reader import StandingReader
from treehand.orchestrator.store.learned_file import LearnedFile
from treehand.orchestrator.store.standing_orders import StandingOrders
from treehand.planners import (
    Answer,
    Goal,
    GrammarGoalReader,
    Question,
    Reading,
    Refusal,
    TimeLimit,
    in_words,
    time_limit_of,
)
from treehand.planners.goals.goal_text import has_clauses
from treehand.planners.hazards.harm_asks import HarmReader
from treehand.planners.llm import (
    ChatRecorder,
    GoalReviser,
    Ledger,
    LlmGoalReader,
    Meter,
    ModelName,
    Trouble,
    open_chat,
)
from treehand.planners.reading.acts.manner_words import manner_of
from treehand.planners.reading.acts.speech_act import Part
from treehand.planners.reading.conditions.condition_words import has_conditions, is_rule
from treehand.planners.reading.people_reader import PeopleReader
from treehand.planners.reading.reports import NOTHING, Admits
from treehand.planners.reading.restricted_orders import NO
from treehand.planners.reading.words.tokens import tokens_of
from treehand.skills.domain import MAX_FORMULA, Facts

MAX_WORDS = 400
"""Most words of a goal that is no formula."""
MAX_TOKENS = 2 * MAX_WORDS
"""Most words and marks as they are read: "a,b." has four, a ligature may stand for several."""
MAX_CHARACTERS = 4000
"""Most characters of a goal that is no formula."""


class GoalReader(Protocol):
    """Turns words into a goal, a question or a refusal."""

    def interpret(self, text: str, facts: Facts) -> Goal | Question | Refusal:
        """Return the reading of a text."""
        ...

    def answered(self, question: Question, answer: str, facts: Facts) -> Goal | Question | Refusal:
        """Return the reading of a question's text, with one of its options as the answer."""
        ...


def _admit_all(goal: Goal) -> bool:
    return True


def _is_read(read: Reading) -> bool:
    """Return True for a goal, and for what is refused for its meaning."""
    return isinstance(read, Goal) or (isinstance(read, Refusal) and read.goal is not None)


def _limit_of(text: str) -> TimeLimit:
    """Return the time limit of a text; clauses in formulas and "whenever …" have their own."""
    return TimeLimit(text) if has_clauses(text) or is_rule(text) else time_limit_of(text)


class SessionReader:
    """Reads a person's words in one session, and counts the calls of language models.

    Args:
        deployment: Its words, and the settings of its language model.
        ledger: What was spent today; nothing is kept if None.
        grammar: The built-in reader; one for the deployment's words if left out.
        learned: The readings that a person chose before; none if left out.
        orders: The standing orders; those of this session alone if left out.
        tracing: Makes the spans of calls of language models.
    """

    def __init__(
        self,
        deployment: Deployment,
        ledger: Ledger | None = None,
        *,
        grammar: GrammarGoalReader | None = None,
        learned: LearnedFile | None = None,
        orders: StandingOrders | None = None,
        tracing: Tracing | None = None,
    ) -> None:
        self._deployment = deployment
        self.grammar = grammar or GrammarGoalReader(deployment.lexicon)
        """The built-in reader of plain words; it remembers what was said."""
        self._people = PeopleReader(deployment.lexicon, self.grammar, deployment.words.ranker())
        self.learned = LearnedReader(learned, deployment.lexicon)
        """The readings that a person chose before."""
        self._harm = HarmReader(deployment.hazards, deployment.lexicon)
        orders = orders or StandingOrders(None, deployment.vocabulary)
        self.standing = StandingReader(orders, self.grammar, self.may_ask)
        """The standing orders, and the words about them."""
        self._ledger = ledger
        self._tracing = tracing
        self._calls: list[ModelCalled] = []
        self._report: Callable[[ModelCalled], None] | None = None
        self._hear: Callable[[str], None] = lambda piece: None
        self._is_heard = False
        """True while an answer has begun to come and has not ended."""

    @cached_property
    def meter(self) -> Meter | None:
        """Return the deployment's language model with its meter; None if it has none.

        Raises:
            InputError: If its name is none, or there is a budget of money and no price.
            ModelError: If there is no key or no such model.
            MissingExtra: If its client is not installed.
        """
        settings = self._deployment.llm
        if settings.model is None:
            return None
        name = ModelName.parse(settings.model)
        chat = open_chat(name, settings)
        if settings.record is not None:
            chat = ChatRecorder(chat, Path(settings.record))
        return Meter(
            chat, name, settings, ledger=self._ledger, sink=self._called, tracing=self._tracing
        )

    @cached_property
    def interpreter(self) -> GoalReader:
        """Return the reader of goals: the deployment's own, a language model's, the grammar."""
        deployment = self._deployment
        own = deployment.parts.own_reader(deployment.domain, deployment.scene)
        if own is not None:
            return CheckedReader(own, deployment.parts.named["reader"][0])
        if self.meter is None:
            return self.grammar
        return LlmGoalReader(
            self._deployment.domain,
            self._deployment.scene,
            self.meter,
            self._deployment.llm,
            lexicon=self._deployment.lexicon,
            grammar=self.grammar,
            hear=self.pass_on,
        )

    def read(self, text: str, facts: Facts, admits: Admits = _admit_all) -> Reading:
        """Return the reading of a text: its act first; only orders and wishes become goals.

        Args:
            text: The person's words.
            facts: Beliefs.
            admits: Tells which goals may be offered.

        Raises:
            InputError: If it is longer than anybody says.
            ModelError: If a language model is to read it and gives nothing usable.
        """
        self._require_bounded(text)
        told = self.standing.take(text, facts)
        if told is not None:
            return told
        denied = None if has_conditions(text) else self.standing.denied(text, facts)
        if denied is not None:
            return Answer(f"all right: nothing is done{denied.hint}", said=text)
        doubted = None if has_conditions(text) else self.standing.doubted(text, facts)
        if doubted is not None:
            return doubted
        limit = _limit_of(text)

        self.learned.note, self.learned.choice = "", None

        def interpret(asked: str) -> Goal | Question | Refusal:
            said = next(filter(self.learned.knows, (limit.rest, asked)), None)
            if said is None or isinstance(self.grammar.interpret(asked, facts), Goal):
                return self.interpreter.interpret(asked, facts)
            return self.learned.read(said) or self.interpreter.interpret(asked, facts)

        refused = self.refused(text, facts)
        if refused is not None:
            return refused
        parts = self._parts(limit)
        harm = self._harm.in_verbs(parts, text)
        read = self._people.read(limit.rest, facts, interpret=interpret, admits=admits)
        plain = manner_of(limit.rest)
        if plain.manner is not None and not _is_read(read):
            self.grammar.mention(tokens_of(plain.thing))
            read = self._people.read(plain.rest, facts, interpret=interpret, admits=admits)
        if isinstance(read, Answer):
            order = self.standing.offered(text, facts)
            hint = f"; for a standing order say '{order}'" if order else ""
            return replace(read, text=f"{read.text}{hint}", said=text)
        if isinstance(read, Question | Refusal):
            harm = harm or self._harm.in_placements(parts, text, facts)
            if harm is not None:
                return harm.refusal(text, instead_of=read)
        return self._finished(read, text, limit, facts)

    def refused(self, text: str, facts: Facts) -> Refusal | None:
        """Return the refusal of words that ask for harm whatever they mean here; None if none do.

        Args:
            text: The person's words.
            facts: Beliefs.
        """
        harm = self._harm.in_verbs(self._parts(_limit_of(text)), text)
        if harm is None or harm.rule.level != "refuse":
            return None
        plain = self.plainly(text, facts)  # the domain's own rule tells more
        return plain if isinstance(plain, Refusal) and plain.goal else harm.refusal(text)

    def may_ask(self, text: str) -> bool:
        """Return True if the words of a text ask for something, in a question too."""
        return any(part.act.may_be_goal for part in self._parts(_limit_of(text)))

    def _parts(self, limit: TimeLimit) -> tuple[Part, ...]:
        """Return the parts of a text without its time limit; none of a formula."""
        if self.grammar.is_formula(limit.rest):
            return ()
        return tuple(self._people.heard(limit.rest).parts)

    def _require_bounded(self, text: str) -> None:
        """Raise `InputError` if the cost of reading a text would be out of all proportion."""
        is_formula = self.grammar.is_formula(text)
        if is_formula and len(text) <= MAX_FORMULA:
            return
        is_long = len(text) > MAX_CHARACTERS or len(text.split()) > MAX_WORDS
        if is_formula or is_long or len(tokens_of(text)) > MAX_TOKENS:
            message = (
                f"a goal has at most {MAX_WORDS} words and {MAX_CHARACTERS:,} characters, "
                f"as a formula {MAX_FORMULA:,} characters"
            )
            raise InputError.of("too-large", message, hint="say it shorter, or in several goals")

    def understand(self, text: str, facts: Facts) -> Goal | Question | Refusal:
        """Return the meaning of a text; a refusal if it asks for a hazard; raises `ModelError`.

        A text that is no order and no wish is a question, whose text is the answer to it.
        """
        read = self.read(text, facts)
        return Question(read.text, said=text) if isinstance(read, Answer) else read

    def plainly(self, text: str, facts: Facts) -> Goal | Question | Refusal:
        """Return the built-in grammar's reading of a text; a refusal if it asks for a hazard."""
        self._require_bounded(text)
        limit = _limit_of(text)
        return self._finished(self.grammar.interpret(limit.rest, facts), text, limit, facts)

    def checked(self, goal: Goal, facts: Facts) -> Goal | Refusal:
        """Return a goal with its words; a refusal if it asks for a hazard."""
        domain = self._deployment.domain
        return self._allowed(in_words(goal, domain), facts)

    def answered(self, question: Question, answer: str, facts: Facts) -> Reading:
        """Return the reading of a question's text with an answer to it; raises `ModelError`."""
        text = question.said
        limit = _limit_of(text)
        chosen = question.goal_of(answer)
        self.learned.take_answer(limit.rest, chosen)
        if chosen is not None:
            return self._finished(chosen, text, limit, facts)
        if question.goals and answer in (NOTHING, NO):
            return Answer("all right: nothing is done", said=text)
        if question.goals:  # none of what was offered
            return Question("then say it in other words", said=text)
        heard = self._people.heard(limit.rest)
        rest = replace(question, said=limit.rest if heard.is_all_asked else heard.asked)
        return self._finished(self.interpreter.answered(rest, answer, facts), text, limit, facts)

    def _finished(
        self, read: Goal | Question | Refusal, text: str, limit: TimeLimit, facts: Facts
    ) -> Goal | Question | Refusal:
        """Return a reading with its time limit; a refusal if it asks for a hazard."""
        domain = self._deployment.domain
        if isinstance(read, Question):
            return replace(read, said=text, within_s=limit.within_s)
        if isinstance(read, Refusal):
            return replace(read, said=text)
        read = read.model_copy(update={"text": text})
        manner = None if self.grammar.is_formula(text) else manner_of(text).manner
        if manner is not None:
            read = in_words(read.model_copy(update={"manner": manner}), domain)
        if limit.within_s is None:
            return self._allowed(read, facts)
        if not (limit.is_one and (limit.is_first or not read.never)):
            asked = "is that time for all of it? then begin with it: 'within 5 minutes, …'"
            return Question(asked, said=text, within_s=limit.within_s)
        goal = read.model_copy(update={"text": text, "within_s": limit.within_s})
        return self._allowed(in_words(goal, domain), facts)

    def _allowed(self, goal: Goal, facts: Facts) -> Goal | Refusal:
        """Return a goal, or its refusal if it asks for a hazard or against a standing order."""
        checked = self._deployment.hazards.checked(goal, facts)
        if not isinstance(checked, Goal):
            return checked
        kept = self.standing.kept(checked)
        kept = in_words(kept, self._deployment.domain) if kept != checked else checked
        return self.standing.refusal(goal, facts) or kept

    def revise(
        self, goal: Goal, why: str, troubles: Sequence[Trouble], facts: Facts
    ) -> Goal | Refusal | None:
        """Return a goal that a language model proposes for one that cannot be reached any more.

        Args:
            goal: The goal.
            why: Why no plan reaches it.
            troubles: What went wrong in the run, oldest first.
            facts: What is believed now.

        Returns:
            The goal; a refusal if it gives none that may be had; None if there is no model, or
            only a small one.
        """
        deployment = self._deployment
        if self.meter is None:
            return None
        scene, settings = deployment.scene, deployment.llm
        reviser = GoalReviser(deployment.domain, scene, self.grammar, self.meter, settings)
        try:
            revised = reviser.revise(goal, why, troubles, facts, self.pass_on)
        except ModelError as error:
            words = f"no other goal was proposed: {error.finding.message}"
            return Refusal(words, "infeasible", said=goal.text, goal=goal)
        if isinstance(revised, Refusal):
            return revised
        kept = revised.model_copy(update={"manner": goal.manner})
        return self._allowed(in_words(kept, deployment.domain), facts)

    def forget(self) -> None:
        """Forget the dialogue: the next text does not refer to it."""
        self.grammar.forget()

    # The calls.

    def stream_to(self, hear: Callable[[str], None]) -> None:
        """Pass each piece of a language model's answer to a listener, then the end of a line."""
        self._hear = hear

    def pass_on(self, piece: str) -> None:
        """Pass a piece of a model's answer to the listener; an empty one while none comes."""
        self._is_heard = self._is_heard or bool(piece)
        self._hear(piece)

    def _called(self, call: ModelCalled) -> None:
        if self._is_heard:
            self._is_heard = False
            self._hear("\n")
        if self._report is not None:
            self._report(call)
        else:
            self._calls.append(call)

    def report_to(self, report: Callable[[ModelCalled], None]) -> None:
        """Report every call there, those that were made so far first."""
        self._report = report
        for call in self._calls:
            report(call)
        self._calls.clear()

    def hand_over(self, other: SessionReader) -> None:
        """Let another reader report the calls that this one has made and has not reported."""
        for call in self._calls:
            other._called(call)
        self._calls.clear()
