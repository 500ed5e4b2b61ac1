"""The reader of a person's words: their act first, then the grammar, then a question."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from treehand.planners.goals.goal import Goal
from treehand.planners.goals.literals.equality import are_same
from treehand.planners.goals.readings import Answer, Question, Reading, Refusal
from treehand.planners.reading.acts.act_reader import SpokenText, acts_of, has_pauses_to_add
from treehand.planners.reading.acts.clause_act import without_discourse
from treehand.planners.reading.acts.dialogue_move import Move, MoveKind, move_of
from treehand.planners.reading.acts.social import social_reply
from treehand.planners.reading.acts.speech_act import SpeechAct
from treehand.planners.reading.conditions.condition_words import has_conditions
from treehand.planners.reading.conditions.constructs import unsupported
from treehand.planners.reading.grammar import GrammarGoalReader, Lexicon
from treehand.planners.reading.grammar.clause_order import SEARCHING
from treehand.planners.reading.grammar.sentences import words_that_count
from treehand.planners.reading.reports import Admits, ReportReader
from treehand.planners.reading.requests.candidates import Ranker
from treehand.planners.reading.requests.lexical_ranker import LexicalRanker
from treehand.planners.reading.requests.offers import OfferFinder
from treehand.planners.reading.requests.parts.quiet_orders import QuietOrders
from treehand.planners.reading.requests.parts.second_thoughts import SecondThoughts
from treehand.planners.reading.requests.phrasing import MOST, NONE_OF_THESE, Phrasing
from treehand.planners.reading.requests.placing_mender import PlacingMender
from treehand.planners.reading.restricted_orders import NO, YES, RestrictedOrders
from treehand.planners.reading.words.asked_whether import made_so
from treehand.planners.reading.words.function_words import MODALS
from treehand.planners.reading.words.tokens import tokens_of
from treehand.skills.domain import Atom, Facts, Negation, positive_form

Interpret = Callable[[str], Goal | Question | Refusal]
"""Returns the reading of a text that asks for something."""


_ASKED_HOW = frozenset({"you", "we", "i", "one", "people"})
"""People and robots that "how would you …" may ask about."""
_MARKS = frozenset({".", ",", ";"})
_UNWANTED = re.compile(r"\b(?:i|we) (?:(?:really|just) )*do not want (?P<what>[^,.;]+)$")


def _is_denied(words: Sequence[str]) -> bool:
    """Return True for "no , no , do not wash the glass"."""
    said = [word for word in words if word not in _MARKS | {"no", "nope", "wait", "please"}]
    return said[:2] == ["do", "not"] and not {"but", "just", "instead"} & set(said)


class PeopleReader:
    """Reads a person's words: only orders and wishes become goals.

    Args:
        lexicon: The words of a domain and scene.
        grammar: The strict grammar, the only road to a goal without a question.
        ranker: Ranks the requests that are offered; by their verbs if left out.
    """

    def __init__(
        self, lexicon: Lexicon, grammar: GrammarGoalReader, ranker: Ranker | None = None
    ) -> None:
        self._lexicon = lexicon
        self._grammar = grammar
        self._reports = ReportReader(lexicon, grammar)
        self._placing = PlacingMender(lexicon, grammar)
        self._offers = OfferFinder(lexicon, grammar, ranker or LexicalRanker())
        self._second = SecondThoughts(lexicon, self._offers.options)
        self._quiet = QuietOrders(lexicon, self._offers.options)
        self._restricted = RestrictedOrders(grammar, self._offers)
        self._phrasing = Phrasing(lexicon)

    def heard(self, text: str) -> SpokenText:
        """Return a text in parts, each with its act."""
        return acts_of(text, self._lexicon)

    def read(self, text: str, facts: Facts, *, interpret: Interpret, admits: Admits) -> Reading:
        """Return the reading of a text.

        Args:
            text: The person's words.
            facts: Beliefs.
            interpret: Reads a text that asks for something.
            admits: Tells which goals may be offered.
        """
        if self._grammar.is_formula(text):
            return interpret(text)
        move = move_of(text)
        of_dialogue = self._of_dialogue(move, text, facts) if move is not None else None
        if of_dialogue is not None:
            return of_dialogue
        heard = self.heard(text)
        if not heard.parts:
            return interpret(text)
        if heard.act is SpeechAct.CORRECTION:
            instead = self._instead_of_denied(text, interpret)
            if instead is not None:
                return instead
        if not heard.act.may_be_goal:
            return self._reply(heard, text, facts, admits)
        for report in heard.reports:
            self._grammar.mention(report.words)
        is_plain = heard.is_all_asked and not has_pauses_to_add(text, self._lexicon)
        asked = text if is_plain else heard.asked
        if has_conditions(asked) and not has_conditions(heard.asked):
            asked = heard.asked  # "if there is one" is no condition
        if asked != text and has_conditions(text):
            whole = interpret(text)
            if isinstance(whole, Goal):
                return whole
        read = interpret(asked)
        if not isinstance(read, Goal):
            other = self._placing.otherwise_said(asked, facts)
            read = interpret(other) if other is not None else read
        if isinstance(read, Refusal) and read.kind == "infeasible" and read.goal is None:
            mended = self._second.offered(text, facts, admits)
            mended = mended or self._placing.offer(asked, facts, admits)
            return mended or self._instead_of(read, asked, text, facts, admits)
        if isinstance(read, Question) and not read.options and read.goal is None:
            corrected = self._second.offered(text, facts, admits)
            if corrected is not None:
                return corrected
            restricted = self._restricted.offered(asked, facts, admits)
            if restricted is not None:
                return restricted
            placed = self._placing.offer(asked, facts, admits)
            if placed is not None:
                return placed
            read = self._told_where(read, asked, facts)
            told = [word for report in heard.reports for word in report.words]
            return self._offers.offer(asked, read, facts, admits, told, text)
        if isinstance(read, Question) and read.goal is not None:
            return self._beside_offers(read, read.goal, asked, facts, admits)
        if isinstance(read, Goal):
            return self._restricted.limited(read, heard, text, facts)
        return read

    def _instead_of_denied(self, text: str, interpret: Interpret) -> Goal | None:
        """Return the goal of "not the shirt, fold the towel"; None if more than that is said."""
        told = self._second.told_instead(text)
        heard = self.heard(told)
        if not told or not heard.act.may_be_goal or not heard.is_all_asked:
            return None
        read = interpret(told)
        if not isinstance(read, Goal) or self._second.denies(text, read.formula):
            return None
        return read.model_copy(update={"text": text})

    def _told_where(self, read: Question, asked: str, facts: Facts) -> Question:
        """Return the question about "find my keys" with where they are, if that is known."""
        verb, *thing = words_that_count(asked, self._lexicon) or [""]
        if verb not in SEARCHING or not thing or "and" in thing:
            return read
        told = self._grammar.ask(f"where is {' '.join(thing)}", facts)
        return replace(read, text=told, is_understood=True) if told is not None else read

    def _asked_how(self, text: str, facts: Facts, admits: Admits) -> Question | None:
        """Return the offer to do what "how would you …" is about; None for other questions.

        "Are you able to …" is one, too.
        """
        words = [word for word in tokens_of(text) if word not in _MARKS]
        match words:
            case ["how", modal, who, *rest] if modal in MODALS | {"do"} and who in _ASKED_HOW:
                asked = " ".join(rest)
            case ["are" | "were", "you", "able" | "allowed", "to", *rest]:
                asked = " ".join(rest)
            case ["do", "you", "know", "how", "to", *rest]:
                asked = " ".join(rest)
            case _:
                return None
        read = self._grammar.interpret(asked, facts)
        if isinstance(read, Goal) and admits(read):
            goal = read.model_copy(update={"text": text})
            return Question(f"shall I do that: {goal.words}?", (YES, NO), said=text, goals=(goal,))
        if isinstance(read, Question) and not read.options:
            offered = self._offers.offer(asked, read, facts, admits)
            return offered if offered.options else None
        return None

    def _instead_of(
        self, misfit: Refusal, asked: str, text: str, facts: Facts, admits: Admits
    ) -> Reading:
        """Return offers for words that do not fit a verb; the refusal if there are none."""
        words = words_that_count(asked, self._lexicon)
        own = self._lexicon.book.own_requests
        quiet = self._quiet.offered(text, facts, admits, is_whole=True)
        if quiet is not None:
            return quiet
        if any(phrase.verb[:1] == tuple(words[:1]) for phrase in own):
            return misfit  # the domain says what "wash {item}" is for
        why = Question(misfit.message, said=asked)
        offered = self._offers.offer(asked, why, facts, admits)
        return offered if offered.options else misfit

    def _beside_offers(
        self, read: Question, goal: Goal, asked: str, facts: Facts, admits: Admits
    ) -> Question:
        """Return a question about one goal with the grammar's offers as further options.

        Args:
            read: The question; a language model has read the goal.
            goal: The goal.
            asked: The words that ask for something.
            facts: Beliefs.
            admits: Tells which goals may be offered.
        """
        plain = self._grammar.interpret(asked, facts)
        if not isinstance(plain, Question) or plain.options:
            return read
        offered = self._offers.offer(asked, plain, facts, admits)
        formula, vocabulary = goal.formula, self._lexicon.vocabulary
        others = [
            (option, one)
            for option, one in offered.readings
            if not are_same(one.formula, formula, vocabulary)
        ][: MOST - 1]
        if not others:
            return read
        options = (goal.words, *(option for option, _ in others), NONE_OF_THESE)
        goals = (goal, *(one for _, one in others))
        return replace(read, options=options, goals=goals, goal=None)

    def _of_dialogue(self, move: Move, text: str, facts: Facts) -> Reading | None:
        """Return the reading of a line about the dialogue; None if it stands for itself."""
        match move.kind:
            case MoveKind.HELP:
                skills = ", ".join(name.replace("_", " ") for name in self._lexicon.domain.skills)
                examples = ", ".join(f"'{one}'" for one in self._lexicon.examples()[:3])
                ask = f"; ask for what shall be so, for example {examples}" if examples else ""
                return Answer(f"I can {skills}{ask}", said=text)
            case MoveKind.SAME_WITH:
                return self._grammar.follow(move.rest, facts)
            case MoveKind.CORRECTION:
                words = words_that_count(text, self._lexicon)
                is_whole = bool(self._grammar.readings(words, facts))
                return None if is_whole else self._grammar.corrected(move.rest, facts)
            case MoveKind.UNDO | MoveKind.AGAIN:
                return Question(
                    "nothing was done here before that; say what shall be so", said=text
                )
        if move.kind.is_question and not move.rest:
            return Answer("nothing is planned here and nothing runs; say what shall be done", text)
        return None

    def _reply(self, heard: SpokenText, text: str, facts: Facts, admits: Admits) -> Reading:
        """Return the answer to words that are no goal, or a question with offers."""
        match heard.act:
            case SpeechAct.SOCIAL:
                return Answer(social_reply(text) or "All right.", said=text)
            case SpeechAct.STOP:
                return Answer("nothing is running", said=text)
            case SpeechAct.REFUSAL:
                undone = self._unwanted(text, facts, admits)
                return undone or Answer("all right: nothing is done", said=text)
            case SpeechAct.CORRECTION:
                corrected = self._second.offered(text, facts, admits)
                if corrected is None and _is_denied(heard.parts[-1].words):
                    return Answer("all right: nothing is done", said=text)
                corrected = corrected or self._second.instead(text, facts, admits)
                return corrected or Question("what shall be done instead?", said=text)
            case SpeechAct.REPORT:
                words = heard.reports[0].words
                self._grammar.mention(words)
                told = self._reports.read(words, text, facts, admits)
                if told is not None:
                    return told
                return self._quiet.offered(text, facts, admits) or self._reports.taken(text)
        offered = self._reports.to_take(tokens_of(text), text, facts, admits)
        if offered is not None:
            return offered
        answer = self._grammar.ask(text, facts)
        if answer is None:  # "mate, where is my phone"
            answer = self._grammar.ask(" ".join(without_discourse(tokens_of(text))), facts)
        asked_how = self._asked_how(text, facts, admits) if answer is None else None
        if asked_how is not None:
            return asked_how
        if answer is None and not has_conditions(text):
            quiet = self._quiet.offered(text, facts, admits)
            if quiet is not None:
                return quiet
        if answer is None:
            examples = ", ".join(f"'{one}'" for one in self._lexicon.examples()[:3])
            construct = unsupported(tokens_of(text)) if has_conditions(text) else ""
            answer = construct or (
                "I cannot answer that; ask where something is, what is in or on a place, how "
                f"many there are, or if something is so; or say what shall be done: {examples}"
            )
        return self._put_right(answer, text, facts, admits) or Answer(answer, said=text)

    def _unwanted(self, text: str, facts: Facts, admits: Admits) -> Question | None:
        """Return the offer to undo what somebody does not want and is so now; else None."""
        found = _UNWANTED.search(" ".join(tokens_of(text)))
        read = self._grammar.interpret(found["what"], facts) if found else None
        formula = read.formula if isinstance(read, Goal) else None
        if not isinstance(formula, Atom) or formula.holds(facts) is not True:
            return None
        goal = Goal(text=text, formula=positive_form(Negation(formula)))
        if not admits(goal):
            return None
        ask = f"it is so now; shall I {self._phrasing.request(goal.formula)}?"
        return Question(ask, (YES, NO), said=text, goals=(goal,))

    def _put_right(self, told: str, text: str, facts: Facts, admits: Admits) -> Question | None:
        """Return the offer to make so what somebody wants checked and is not so; else None."""
        wanted = made_so(text)
        if wanted is None or not told.startswith("no: "):
            return None
        read = self._grammar.interpret(wanted, facts)
        if not isinstance(read, Goal) or not admits(read):
            return None
        goal = read.model_copy(update={"text": text})
        ask = f"{told}; shall I {self._phrasing.request(goal.formula)}?"
        return Question(ask, (YES, NO), said=text, goals=(goal,))
