"""Readings of plain words without a model: a grammar over the domain's own vocabulary.

The grammar abstains rather than guesses: an unknown word is named, with the nearest known ones; two
readings, or two objects that fit "the mug", become a question; a goal that cannot be reached is
left to the planner, which explains why.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from itertools import chain

from treehand.core.errors import InputError
from treehand.planners.goals.conditional_parts import conjunction
from treehand.planners.goals.goal import Goal, in_words, say
from treehand.planners.goals.goal_text import formulas_of, is_goal_text, parse_goal
from treehand.planners.goals.literals.exclusions import Exclusions
from treehand.planners.goals.readings import Question, Refusal
from treehand.planners.goals.requirements.contradictions import contradiction
from treehand.planners.reading.conditions.condition_reader import ConditionReader
from treehand.planners.reading.conditions.constructs import unsupported
from treehand.planners.reading.conditions.spared_things import SparedThings
from treehand.planners.reading.grammar.abstention import Abstention
from treehand.planners.reading.grammar.dialogue import Dialogue, Interpretation
from treehand.planners.reading.grammar.follow_ups import FollowUps
from treehand.planners.reading.grammar.mentions import Mentions
from treehand.planners.reading.grammar.nouns.noun_phrase_parser import NounPhraseParser
from treehand.planners.reading.grammar.question_follow_ups import asked_again
from treehand.planners.reading.grammar.questions.question_reader import QuestionReader
from treehand.planners.reading.grammar.referents import Referents, Unclear
from treehand.planners.reading.grammar.sentences import words_that_count
from treehand.planners.reading.grammar.swaps import Swaps
from treehand.planners.reading.lexicon import Lexicon
from treehand.planners.reading.nouns.kind_words import KindWords
from treehand.planners.reading.words.asked_whether import asked_whether, untagged
from treehand.planners.reading.words.tokens import marked_tokens, tokens_of
from treehand.skills.domain import (
    AllOf,
    Domain,
    Fact,
    Facts,
    Forall,
    Formula,
    SyntaxFault,
    Vocabulary,
    conjuncts,
)

MAX_WORDS = 120
"""Most words of a text; a longer one has to be said in parts."""


_CONTRACTED = re.compile(r"\b(it|that|this|what|where|who|there)'s\b", re.IGNORECASE)
_INSIDE = re.compile(r" (?:inside there|inside|in there)(?=\s*\??$)")


class GrammarGoalReader:
    """Reads words without a model, by a grammar over the domain's own vocabulary.

    Args:
        lexicon: The words of a domain and scene.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._domain = lexicon.domain
        self._questions = QuestionReader(lexicon.domain, lexicon)
        self._dialogue = Dialogue(lexicon)
        self._kinds = KindWords(lexicon)
        self._abstention = Abstention(lexicon)
        self.follow_ups = FollowUps(lexicon, self._dialogue)
        """Reads follow-ups and corrections."""
        self._conditions = ConditionReader(
            lexicon.domain, self._plainly, self._condition, self._unclear_in
        )
        self.spared = SparedThings(lexicon.domain, self._with_conditions, self.objects)
        """Reads orders that leave things out."""
        self._swaps = Swaps(lexicon, self.objects)
        self.mentions = Mentions(lexicon)
        """Objects and types that texts mention."""

    def interpret(self, text: str, facts: Facts) -> Goal | Question | Refusal:
        """Return the reading of a text.

        A text in the syntax of facts and formulas is parsed as a formula.

        Args:
            text: The person's words.
            facts: Beliefs, which decide what "the dirty mug" is.
        """
        literal = self._literal(text, facts)
        if literal is not None:
            return literal
        read = self._with_conditions(text, facts)
        if isinstance(read, Goal):
            return read
        swapped = self._swaps.read(text, facts)
        if swapped is not None:
            return swapped
        return self.spared.read(text, facts) or read

    def _with_conditions(self, text: str, facts: Facts) -> Goal | Question | Refusal:
        """Return the reading of a text with conditions or without."""
        conditional = self._conditions.read(text, facts)
        return self._plainly(text, facts) if conditional is None else conditional

    def _plainly(self, text: str, facts: Facts) -> Goal | Question | Refusal:
        """Return the reading of a text without conditions."""
        counting = self._kinds.named(words_that_count(text, self._lexicon))
        words = self._dialogue.with_place_named(counting)
        if not words:
            return _question(text, "what shall be done?", self._lexicon.examples())
        if len(words) > MAX_WORDS:
            return _question(text, f"that is {len(words)} words; please say it in parts", ())
        for is_strict in (True, False):
            if not is_strict:
                misfit = self._abstention.misfit(words)
                if misfit:
                    return Refusal(misfit, "infeasible", said=text)
                continue
            readings, unclear = self._dialogue.interpretations(words, facts)
            if len(readings) == 1:
                self._dialogue.keep()
                too_much = self._too_much_to_hold(readings[0], facts)
                if too_much:
                    return _question(text, too_much, ())
                return self._goal(text, readings[0])
            if readings:
                options = [_in_words(reading, self._domain) for reading in readings]
                return _question(text, "that can be understood in several ways", options)
            if unclear is not None:
                return _unclear(text, unclear)
        construct = unsupported(tokens_of(text))
        if construct:
            return Question(construct, said=text, construct=construct, is_understood=False)
        return self._abstention.not_understood(text, words)

    def _too_much_to_hold(self, reading: Interpretation, facts: Facts) -> str:
        """Return why "pick up the toys" cannot be done as it is said; empty if it can."""
        conflict = Exclusions(self._domain, facts).conflict(reading.formula)
        if conflict is None or len(conflict.parts) > 1 or not isinstance(conflict.formula, Forall):
            return ""
        return f"{conflict.why}: what shall be done with them?"

    def readings(self, words: Sequence[str], facts: Facts) -> list[Interpretation]:
        """Return the readings of words that count; the dialogue does not remember them."""
        return self._dialogue.interpretations(words, facts)[0] if len(words) <= MAX_WORDS else []

    def unclear(self, words: Sequence[str], facts: Facts) -> tuple[str, tuple[str, ...]]:
        """Return the words for a thing of which it is unclear what they mean, and what they may.

        Both are empty for words that are clear, or cannot be read.
        """
        readings, unclear = self._dialogue.interpretations(words, facts)
        return ("", ()) if readings or unclear is None else (unclear.about, unclear.options)

    def statement(self, text: str, facts: Facts) -> Formula | None:
        """Return the formula that a text states; None unless it has one reading."""
        readings = self.readings(words_that_count(text, self._lexicon), facts)
        return readings[0].formula if len(readings) == 1 else None

    def _condition(self, text: str, facts: Facts) -> Formula | None:
        """Return the formula of a condition, in which "it is open" is no mere reason.

        The things that it names are what "it" and "them" mean in what follows.
        """
        for words in (tokens_of(text), words_that_count(text, self._lexicon)):
            readings = self.readings(words, facts)
            if len(readings) == 1:  # what excludes each other is no order in a condition
                self._dialogue.keep()
                return conjunction((*readings[0].before, readings[0].formula))
        return None

    def _unclear_in(self, text: str, facts: Facts) -> Question | None:
        """Return the question which thing a statement is about; None if that is clear."""
        readings, unclear = self._dialogue.interpretations(tokens_of(text), facts)
        if readings or unclear is None or not unclear.options:
            return None
        return _unclear(text, unclear)

    def mention(self, words: Sequence[str]) -> None:
        """Remember the things that words name, for "it" and "them" in later texts."""
        self._dialogue.mention(words)

    @property
    def vocabulary(self) -> Vocabulary:
        """Return the types, predicates and objects that its goals may name."""
        return self._lexicon.vocabulary

    @property
    def possible(self) -> Collection[Fact] | None:
        """Return the possible facts; None if every fact with the right types is possible."""
        return self._lexicon.possible

    def is_formula(self, text: str) -> bool:
        """Return True if a text is in the syntax of facts and formulas."""
        return is_goal_text(text)

    def forget(self) -> None:
        """Forget the dialogue: the next text does not refer to it."""
        self._dialogue.forget()

    def undisturbed(self) -> AbstractContextManager[None]:
        """Remember nothing of what is read meanwhile."""
        return self._dialogue.undisturbed()

    def remember(self, about: str, option: str) -> None:
        """Resolve "the mug" to the object that a person chose, from now on.

        Args:
            about: Words that a question was about.
            option: The answer.
        """
        self._dialogue.remember(about, option)

    def follow(self, text: str, facts: Facts) -> Goal | Question | None:
        """Return the goal of a follow-up to the last request: "and the bowl too".

        Returns:
            The goal; None if the text is not a follow-up.
        """
        try:
            reading = self.follow_ups.same_with(text, facts)
        except Unclear as unclear:
            return _unclear(text, unclear)
        return self._goal(text, reading) if reading is not None else None

    def corrected(
        self, text: str, facts: Facts, whole: Formula | None = None
    ) -> Goal | Question | None:
        """Return the goal of a correction of the last request: "the other one", "in the sink".

        Args:
            text: What is meant instead.
            facts: Beliefs.
            whole: The goal that is corrected; its other parts stay. The last request if left out.

        Returns:
            The goal; None if the text corrects nothing.
        """
        try:
            found = self.follow_ups.corrected(text, facts)
        except Unclear as unclear:
            with self._dialogue.undisturbed():
                ways = [(o, self.corrected(f"the {o}", facts, whole)) for o in unclear.options]
            goals = {one: goal for one, goal in ways if isinstance(goal, Goal)}
            return Question(unclear.question, tuple(goals), said=text, goals=tuple(goals.values()))
        if found is None:
            return None
        gone, new = conjuncts(found.before.formula), conjuncts(found.after.formula)
        parts = conjuncts(whole) if whole is not None else ()
        if not set(gone) <= set(parts):
            return self._goal(text, found.after)
        at = min(parts.index(part) for part in gone)
        kept = [part for part in parts if part not in gone]
        formula = AllOf(tuple(dict.fromkeys((*kept[:at], *new, *kept[at:]))))
        return self._goal(text, replace(found.after, formula=formula))

    def conditioned(self, text: str, goal: Goal, facts: Facts) -> Goal | Question | None:
        """Return a goal under a condition: "only if it is on"; None for words that say more."""
        return self._conditions.conditioned(text, goal, facts)

    def chosen(self, option: str, facts: Facts) -> None:
        """Remember an option that a person chose as the request: its words, or the thing in it."""
        if len(self._dialogue.interpretations(words_that_count(option, self._lexicon), facts)[0]):
            self._dialogue.keep()
        else:
            with suppress(Unclear):
                self.follow_ups.corrected(f"the {option}", facts)

    def objects(self, text: str, facts: Facts, among: Collection[str] = ()) -> tuple[str, ...]:
        """Return the objects that a list of noun phrases names: "the plates and the glass".

        A list of which one phrase is unclear, or names nothing, gives no objects.

        Args:
            text: Noun phrases; anything else gives no objects.
            facts: Beliefs, which decide what "the dirty mugs" are.
            among: Objects in the context; "the mug" is the one among them.
        """
        words = words_that_count(text, self._lexicon)
        for phrases, end in NounPhraseParser(self._lexicon, words).lists(0):
            if end == len(words) and all(phrase.noun is not None for phrase in phrases):
                referents = Referents(self._lexicon, facts)
                each = chain.from_iterable(phrase.choices for phrase in phrases)
                names = [referents.named_among(phrase, among) for phrase in each]
                is_clear = all(names)
                return tuple(dict.fromkeys(chain.from_iterable(names))) if is_clear else ()
        return ()

    def last_named(self) -> str:
        """Return the object that was named last, in words; empty if there is none."""
        return self._dialogue.last_named()

    def ask(self, text: str, facts: Facts) -> str | None:
        """Return the answer to a question about the world; None for any other text."""
        text = _CONTRACTED.sub(r"\1 is", text)
        marked = " ".join(marked_tokens(text))
        plain = untagged(marked)
        text = asked_whether(text) or (plain if plain != marked else text)
        asked = self.with_it_named(text)
        words = tokens_of(asked)
        named = self._kinds.named(words)
        answer = self._questions.answer(asked if named == words else " ".join(named), facts)
        self.mention(words_that_count(text, self._lexicon))
        if answer is not None:
            self.mention(self._questions.place.split())
            told = [f"the {name}" for name in self._questions.told]
            self.mention(" and ".join(told).split())
        return answer

    @property
    def listed(self) -> tuple[str, ...]:
        """Return the things that the last answer to a question lists, in words."""
        return self._questions.told

    def asked_again(self, text: str, before: str) -> str | None:
        """Return the question before with what a text names instead; None if it takes up none."""
        return asked_again(text, before, self._lexicon)

    def with_it_named(self, text: str) -> str:
        """Return a question with "it" and "they" replaced: "it" by a place after "in" and "on"."""
        words = _INSIDE.sub(" in it", text).split()
        for index, word in enumerate(words):
            if word.lower().strip("?.,!") == "it":
                before = words[index - 1].lower() if index else ""
                name = self._dialogue.last_named(is_place=before in self._lexicon.relations)
                words[index] = f"the {name}" if name else word
            elif word.lower().strip("?.,!") in ("they", "them", "those", "these"):
                if index and words[index - 1].lower() == "of":
                    continue  # "how many of them" are those that were listed
                words[index] = self._dialogue.last_group() or word
        return " ".join(words)

    def completions(self) -> list[str]:
        """Return the completions of the console: nouns, verbs, named goals."""
        nouns = [" ".join(words) for words in self._lexicon.nouns]
        goals = [goal.words[0] for goal in self._domain.goals if "{" not in goal.words[0]]
        verbs = [" ".join(phrase.verb) for phrase in self._lexicon.phrases if phrase.verb]
        return sorted({*nouns, *goals, *verbs})

    def answered(self, question: Question, answer: str, facts: Facts) -> Goal | Question | Refusal:
        """Return the reading of the same words with the answer in place of the unclear ones.

        Args:
            question: A question with options.
            answer: One of the options.
            facts: Beliefs.
        """
        words = words_that_count(question.said, self._lexicon)
        if not question.about:
            for reading in self._dialogue.interpretations(words, facts)[0]:
                if _in_words(reading, self._domain) == answer:
                    return self._goal(question.said, reading)
        self.remember(question.about, answer)
        text = " ".join(words).replace(question.about, f"the {answer}", 1)
        return self.interpret(text, facts)

    def _literal(self, text: str, facts: Facts) -> Goal | Question | Refusal | None:
        if not is_goal_text(text):
            return None
        try:
            goal = parse_goal(text)
        except SyntaxFault as fault:
            return _question(text, f"{fault} (column {fault.column + 1}): {fault.hint}", ())
        for formula in formulas_of(goal):
            for mismatch in self._lexicon.vocabulary.check(formula, {}):
                if mismatch.code == "too-large":
                    raise InputError.of(mismatch.code, mismatch.message, hint=mismatch.hint)
                return _question(text, f"{mismatch.message}: {mismatch.hint}", ())
        against = contradiction(goal, facts, self._domain)
        if against:
            return Refusal(against, "infeasible", said=text, goal=goal)
        return in_words(goal, self._domain)

    def _goal(self, text: str, reading: Interpretation) -> Goal:
        parts = conjuncts(reading.formula)
        formula = parts[0] if len(parts) == 1 else AllOf(parts)
        goal = Goal(text=text, formula=formula, before=reading.before, never=reading.never)
        return in_words(goal, self._domain)


def _in_words(reading: Interpretation, domain: Domain) -> str:
    """Return a reading as an option of a question; constraints are the same in all of them."""
    parts = [f"first {say(part, domain)}" for part in reading.before]
    return "; ".join((*parts, *(say(part, domain) for part in conjuncts(reading.formula))))


def _question(text: str, question: str, options: Sequence[str]) -> Question:
    return Question(question, tuple(options), said=text)


def _unclear(text: str, unclear: Unclear) -> Question:
    return Question(unclear.question, tuple(unclear.options), said=text, about=unclear.about)
