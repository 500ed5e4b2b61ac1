"""Plain words to a goal by a language model, whose answer is read, checked and shown back."""

from __future__ import annotations

from collections.abc import Iterator

from treehand.core.errors import ModelError
from treehand.planners.goals.goal import Goal, in_words, say
from treehand.planners.goals.literals.equality import are_same
from treehand.planners.goals.literals.exclusions import Exclusions
from treehand.planners.goals.readings import Question, Refusal
from treehand.planners.llm.answers.answer_reader import AnswerReader, GoalAnswer
from treehand.planners.llm.answers.answer_schema import answer_schema
from treehand.planners.llm.asking.meter import Meter
from treehand.planners.llm.asking.prompts import PromptWriter
from treehand.planners.llm.asking.repairs import repaired
from treehand.planners.llm.contract.chat import Hear
from treehand.planners.llm.contract.settings import ModelSettings
from treehand.planners.llm.reading.word_evidence import WordEvidence
from treehand.planners.reading.grammar import GrammarGoalReader, Lexicon
from treehand.skills.domain import (
    AllOf,
    Domain,
    Facts,
    Formula,
    Negation,
    Scene,
    conjuncts,
    positive_form,
    quantifiers,
)

YES, NO, NEITHER = "yes", "no", "neither"
MOST = 3
"""Most readings of a question."""
_REMEMBERED = 4
"""So many requests of a session are shown to the model again."""


class LlmGoalReader:
    """Reads words with the help of a language model.

    The goal is put into words by us, from what will be planned for, not by the model. It becomes a
    question unless the built-in grammar, which reads the text too, agrees, or the words themselves
    are evidence for it (`WordEvidence`): a model that reads the opposite of a sentence, or obeys a
    note in the room, stops here.

    Args:
        domain: Its words.
        scene: Its objects.
        meter: Asks the model.
        settings: Length of answers, repairs.
        lexicon: The words of domain and scene, which confirm a goal.
        grammar: Reads formulas and offers the way that needs no model.
        hear: Takes each piece of an answer as it comes.
    """

    def __init__(
        self,
        domain: Domain,
        scene: Scene,
        meter: Meter,
        settings: ModelSettings,
        *,
        lexicon: Lexicon,
        grammar: GrammarGoalReader,
        hear: Hear,
    ) -> None:
        self._domain = domain
        self._evidence = WordEvidence(lexicon)
        self._meter = meter
        self._settings = settings
        self._grammar = grammar
        self._vocabulary = grammar.vocabulary
        self._schema = answer_schema(self._vocabulary)
        self._writer = PromptWriter(domain, scene, grammar)
        self._said: list[tuple[str, str]] = []
        self._hear = hear

    def interpret(self, text: str, facts: Facts) -> Goal | Question | Refusal:
        """Return the goal that a text means, or a question.

        Args:
            text: What the person wrote.
            facts: What is believed.

        Raises:
            ModelError: If the model cannot be reached or gives nothing usable.
        """
        return self._interpreted(text, facts, text)

    def _interpreted(self, text: str, facts: Facts, told: str) -> Goal | Question | Refusal:
        """Return the goal that a text means.

        Args:
            text: The person's words alone.
            facts: What is believed.
            told: What the model is told, which may hold its own question.
        """
        read = self._grammar.interpret(text, facts)
        if self._grammar.is_formula(text):
            return read
        if isinstance(read, Goal) and (read.cases or read.requirements):
            return read  # what the model's answer has no place for
        try:
            answer, words = self._asked(told, facts)
        except ModelError as error:
            raise self._with_offline_path(error, read) from error
        self._said = [*self._said, (text, words)][-_REMEMBERED:]
        return self._goal(text, answer, read, facts)

    def answered(self, question: Question, answer: str, facts: Facts) -> Goal | Question | Refusal:
        """Return the reading of the same words, with the answer to the question.

        Args:
            question: A question with options.
            answer: One of the options.
            facts: What is believed.
        """
        if question.goal is not None:  # our own question
            if answer == YES:
                return in_words(question.goal, self._domain)
            return Question("then say it in other words", said=question.said)
        if question.about:
            return self._grammar.answered(question, answer, facts)
        told = f"{question.said} (you asked: {question.text} I say: {answer})"
        return self._interpreted(f"{question.said}, {answer}", facts, told)

    def _asked(self, text: str, facts: Facts) -> tuple[GoalAnswer, str]:
        """Return the model's answer, parsed and as text; wrong answers go back to the model."""
        turns = self._writer.messages(text, facts, self._said)
        reader = AnswerReader(self._vocabulary)
        return repaired(
            turns,
            reader.read,
            self._meter,
            self._settings,
            purpose="goal",
            instruction=text,
            schema=self._schema,
            hear=self._hear,
        )

    def _with_offline_path(self, error: ModelError, read: Goal | Question | Refusal) -> ModelError:
        """Return the error with what can be done without the model."""
        if isinstance(read, Goal):
            way = f"without --llm the built-in grammar reads it as: {read.words}"
        else:
            way = "without --llm the built-in grammar reads plain requests, such as 'open the …'"
        return error.hinting(way)

    def _goal(
        self, text: str, answer: GoalAnswer, read: Goal | Question | Refusal, facts: Facts
    ) -> Goal | Question | Refusal:
        if answer.status == "clarify":
            return Question(answer.question, tuple(answer.options), said=text)
        if answer.status == "infeasible":
            words = answer.reason or f"{self._meter.name} sees no way to say that with what is here"
            return Refusal(words, "infeasible", said=text)
        if isinstance(read, Goal) and self._agrees(answer, read):
            return read
        goal = Goal(text=text, formula=answer.formula, before=answer.before, never=answer.never)
        goal = in_words(goal, self._domain)
        words = goal.words
        in_order = self._asked_in_order(goal, facts)
        if in_order is not None:
            return in_order
        formulas = (answer.formula, *answer.before, *answer.never)
        unnamed = list(dict.fromkeys(n for one in formulas for n in self._unnamed(text, one)))
        why = f"you did not speak of {', '.join(unnamed)}; " if unnamed else ""
        if isinstance(read, Goal):
            kept = tuple(dict.fromkeys([*answer.never, *read.never]))
            goal = in_words(goal.model_copy(update={"never": kept}), self._domain)
            question = f"{why}{self._meter.name} reads that otherwise than I do. What is meant?"
            options = (read.words, goal.words, NEITHER)
            return Question(question, options, said=text, goals=(read, goal))
        if isinstance(read, Question) and read.options:
            asked = self._with_reading(read, goal, why, facts)
            if asked is not None:
                return asked
        if self._evidence.confirms(text, goal):
            return goal
        question = f"{why}did you mean: {words}?"
        return Question(question, (YES, NO), said=text, goal=goal)

    def _with_reading(self, read: Question, goal: Goal, why: str, facts: Facts) -> Question | None:
        """Return the grammar's question with the model's goal among its options.

        It stays as it is if it offers that goal already, or asks for one of many things. None if
        its options mean no goals.

        Args:
            read: The grammar's question.
            goal: The model's goal.
            why: What the goal names and the person did not, in words.
            facts: What is believed.
        """
        known = self._option_goals(read, facts)
        if not known:
            return read if read.about else None
        if any(self._is_same(goal, one) for one in known.values()):
            return read  # "which mug?" is for a person to say, whatever the model has chosen
        if read.about and len(known) >= MOST:
            return read
        kept = dict(list(known.items())[: MOST - 1]) | {goal.words: goal}
        said = read.text.rstrip("?")
        asked = f"{said}; {why}{self._meter.name} reads that otherwise. What is meant?"
        return Question(asked, (*kept, NEITHER), said=read.said, goals=tuple(kept.values()))

    def _option_goals(self, read: Question, facts: Facts) -> dict[str, Goal]:
        """Return the options of the grammar's question that mean a goal, with these goals."""
        if read.readings:
            return dict(read.readings)
        texts = [read.meaning(option) for option in read.options] if read.about else [read.said]
        found: dict[str, Goal] = {}
        for text in texts:
            for reading in self._grammar.readings(self._evidence.words(text), facts):
                goal = Goal(
                    text=read.said,
                    formula=reading.formula,
                    before=reading.before,
                    never=reading.never,
                )
                goal = in_words(goal, self._domain)
                found[goal.words] = goal
        return found

    def _is_same(self, goal: Goal, other: Goal) -> bool:
        """Return True if two goals say the same, in the same order, with the same bans."""
        rest = [(goal.before, other.before), (goal.never, other.never)]
        return are_same(goal.formula, other.formula, self._vocabulary) and all(
            are_same(AllOf(one), AllOf(two), self._vocabulary) for one, two in rest
        )

    def _asked_in_order(self, goal: Goal, facts: Facts) -> Question | None:
        """Return the question if two parts that exclude each other are meant as an order."""
        conflict = Exclusions(self._domain, facts).conflict(goal.formula)
        if conflict is None or len(conflict.parts) != 2:
            return None
        first, then = (say(part, self._domain) for part in conflict.parts)
        rest = tuple(part for part in conjuncts(goal.formula) if part != conflict.parts[0])
        before = (*goal.before, conflict.parts[0])
        changes = {"before": before, "formula": rest[0] if len(rest) == 1 else AllOf(rest)}
        ordered = in_words(goal.model_copy(update=changes), self._domain)
        question = (
            f"'{first}' and '{then}': {conflict.why}. "
            f"Is the one meant first, then the other: {ordered.words}?"
        )
        return Question(question, (YES, NO), said=goal.text, goals=(ordered,))

    def _agrees(self, answer: GoalAnswer, read: Goal) -> bool:
        """Return True if an answer equals the grammar's reading, or leaves an order or ban out.

        "Without opening the cupboard" is a ban, and may be told as a closed cupboard, too.
        """
        banned = {positive_form(Negation(one)) for one in read.never}
        said, known = (
            AllOf(tuple(part for part in conjuncts(one) if part not in banned))
            for one in (answer.formula, read.formula)
        )
        pairs = [(said, known)]
        for parts, own in ((answer.before, read.before), (answer.never, read.never)):
            if parts:
                pairs.append((AllOf(parts), AllOf(own)))
        return all(are_same(one, other, self._vocabulary) for one, other in pairs)

    def _unnamed(self, text: str, formula: Formula) -> Iterator[str]:
        """Yield what a goal names and a text, or what was said before, does not."""
        said = " ".join([*(words for words, _ in self._said[:-1]), text])
        bound: set[str] = set()
        for quantifier in quantifiers(formula):
            bound.add(quantifier.variable)
            if not self._grammar.mentions.speaks_of_type(said, quantifier.type):
                yield f"any {quantifier.type}"
        for atom in formula.atoms():
            for term in atom.fact.terms:
                if term not in bound and not self._grammar.mentions.speaks_of(said, term):
                    yield f"'{term}'"
