"""Conditions and requirements in words: "if …", "until …", "within two steps of …".

A text is cut at its marking words; each piece is read by the grammar, and the goals of the pieces
are put together. A piece that the grammar cannot read becomes a question about that piece.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import suppress

from treehand.planners.goals.conditional_parts import (
    MAX_CONDITIONS,
    conjunction,
)
from treehand.planners.goals.goal import Goal, in_words, say
from treehand.planners.goals.readings import Question, Refusal
from treehand.planners.goals.requirements.contradictions import contradiction
from treehand.planners.goals.requirements.requirement import (
    Precedence,
    Response,
    ResponseBound,
    opposite,
)
from treehand.planners.goals.requirements.time_limits import time_limit_of
from treehand.planners.reading.conditions.branch_goals import (
    branching,
    each_of,
    those_of,
    without_branches,
)
from treehand.planners.reading.conditions.condition_forms import in_plain_form
from treehand.planners.reading.conditions.condition_questions import (
    CANNOT,
    construct_question,
    if_or_first,
    of_whole,
    then_or_always,
)
from treehand.planners.reading.conditions.condition_words import (
    ACTIVITY,
    ANTECEDENT,
    BARE,
    DURING,
    ELSE,
    HAS_MARK,
    IS_DENIED,
    IS_DONE,
    IS_RULE,
    KEEPING,
    LEADING,
    MARK,
    NEGATIVE,
    NOTHING,
    OF_PERSON,
    ONLY_WHEN,
    PRONOUN,
    SENTENCE,
    STEPS,
    UNCONDITIONAL,
    WHEN,
    cuts_of,
    plainly_conditional,
)
from treehand.planners.reading.conditions.requirement_reader import (
    RequirementReader,
    bound_of,
    merged,
    only_forbidding,
)
from treehand.planners.reading.conditions.stated_conditions import AskBack, State, StatedConditions
from treehand.planners.reading.speech.rewording import without_idle_conditions
from treehand.planners.reading.words.english import base_of
from treehand.planners.reading.words.tokens import tokens_of
from treehand.skills.domain import (
    AnyOf,
    Domain,
    Exists,
    Facts,
    Forall,
    Formula,
    conjuncts,
)
from treehand.skills.domain.knowledge.certainty import certain

Read = Goal | Question | Refusal
ReadPlainly = Callable[[str, Facts], Read]
"""Returns the grammar's reading of a text without conditions."""

MOST_WORDS = 1000
"""Most words of all pieces of one text together, which are read again at each place of a cut."""


class _TooEntangledError(Exception):
    """Raised when the pieces of a text have too many words in all."""


class ConditionReader:
    """Reads texts with conditions and requirements.

    Args:
        domain: Its phrases say goals in words.
        plainly: Reads a piece without conditions.
        state: Reads a piece that states something, and notes what "it" means after it.
        unclear: Asks which thing is meant by a piece that states something.
    """

    def __init__(
        self, domain: Domain, plainly: ReadPlainly, state: State, unclear: AskBack
    ) -> None:
        self._domain = domain
        self._grammar = plainly
        self._grammar_state = state
        self._words_left = 0
        """Words that may still be read of the pieces of one text."""
        self._conditions = StatedConditions(self._state, unclear)
        stated, which = self._conditions.stated, self._conditions.which
        self._requirements = RequirementReader(domain, self._read, stated, which)

    def read(self, text: str, facts: Facts) -> Read | None:
        """Return the reading of a text with conditions or requirements; None without any.

        Args:
            text: The person's words.
            facts: Beliefs.
        """
        said = " ".join(without_idle_conditions(tokens_of(text))).strip(" .;,")
        said = in_plain_form(said)
        whole = " ".join(tokens_of(text)).strip(" .;,")
        if HAS_MARK.search(said) is None and (said == whole or not HAS_MARK.search(whole)):
            return None
        said = plainly_conditional(said)
        if HAS_MARK.search(said) is None:  # "if needed", "even if it is dirty"
            return self._grammar(said, facts)
        negative = NEGATIVE.search(text)
        if negative is not None:
            why = f"'{negative[0]}' is below zero"
            return Question(f"{why}; which number is meant?", said=text, construct=why)
        self._words_left = MOST_WORDS
        try:
            read = self._sentences(said, facts)
        except _TooEntangledError:
            why = "its conditions are too entangled"
            return Question(f"{why}; say it in several goals", said=text, construct=why)
        if not isinstance(read, Goal):
            return read if read is None or read.said == text else of_whole(read, text)
        if len(set(map(str, (one.condition for one in read.cases)))) > MAX_CONDITIONS:
            why = f"these are more than {MAX_CONDITIONS} conditions, {CANNOT}"
            return Question(f"{why}; say it as several goals", said=text, construct=why)
        read = read if conjuncts(read.formula) or read.cases else only_forbidding(read)
        for one in read.requirements:
            if isinstance(one, Precedence) and certain(one.later, facts) is True:
                so = say(one.later, self._domain)
                why = f"{so} already, so that it cannot come later"
                return Question(f"{why}; what is meant?", said=text, construct=why)
        if read.is_empty:
            return Question("that asks for nothing; what shall be done?", said=text)
        against = contradiction(read, facts, self._domain)
        if against:
            return Refusal(against, "infeasible", said=text, goal=read)
        return in_words(read.model_copy(update={"text": text}), self._domain)

    def conditioned(self, text: str, goal: Goal, facts: Facts) -> Goal | Question | None:
        """Return a goal under the condition that a text is, or without its conditions.

        Args:
            text: "only if the fridge is open", "unless it is dirty", "in any case".
            goal: The goal that was read before.
            facts: Beliefs.

        Returns:
            None if the text says more or something else.
        """
        said = BARE.sub("", " ".join(tokens_of(text)).strip(" .;,"))
        said = ONLY_WHEN.sub("if ", said)
        if UNCONDITIONAL.fullmatch(said):
            return without_branches(goal, self._domain) if goal.cases else None
        leading = LEADING.fullmatch(said)
        if leading is None or IS_RULE.match(leading["mark"]):
            return None
        self._words_left = MOST_WORDS
        mark, rest = leading["mark"], leading["rest"]
        try:
            formula = self._conditions.stated(rest, facts)
            if formula is None:
                is_whole = isinstance(self._read(said, facts), Goal)
                return None if is_whole else self._conditions.not_seen(mark, rest, facts)
        except _TooEntangledError:
            return None
        condition = opposite(formula) if mark == "unless" else formula
        under = branching(condition, goal, Goal(text=""))
        if isinstance(under, str):
            return construct_question(under, text)
        if mark in WHEN.split("|") and certain(condition, facts) is False:
            return if_or_first(mark, rest, under, condition, goal, self._domain)
        kept = {"text": goal.text, "within_s": goal.within_s}
        return in_words(under.model_copy(update=kept), self._domain)

    def _spend(self, piece: str) -> None:
        """Count the words of a piece that is about to be read; there is a limit for one text."""
        self._words_left -= 1 + piece.count(" ")
        if self._words_left < 0:
            raise _TooEntangledError

    def _plainly(self, piece: str, facts: Facts) -> Read:
        self._spend(piece)
        return self._grammar(piece, facts)

    def _state(self, piece: str, facts: Facts) -> Formula | None:
        self._spend(piece)
        return self._grammar_state(piece, facts)

    def _sentences(self, said: str, facts: Facts) -> Read | None:
        """Return the goal of all sentences; None if none of them has a condition."""
        pieces = [one for one in SENTENCE.split(said) if one.strip(" ,")]
        otherwise = re.compile(r"(?:otherwise|if not|or else)\b")
        joined: list[str] = []
        for piece in pieces:
            if joined and otherwise.match(piece):
                joined[-1] += f" , {piece}"
            else:
                joined.append(piece)
        if len(joined) > 1 and not any(HAS_MARK.search(one) for one in joined):
            return None
        goal: Goal | None = None
        has_any = False
        for piece in joined:
            read = self._marked(piece, facts)
            has_any = has_any or read is not None
            read = read or self._plainly(piece, facts)
            if not isinstance(read, Goal):
                return read
            is_later = re.match(r"(?:and )?(?:then|after that|afterwards)\b", piece) is not None
            both = merged(goal, read, is_later=is_later) if goal is not None else read
            if isinstance(both, str):
                return construct_question(both, piece)
            goal = both
        return goal if has_any else None

    def _read(self, piece: str, facts: Facts) -> Read:
        """Return the reading of a piece, with or without conditions of its own."""
        self._spend(piece)
        piece = piece.strip(" ,.;")
        if NOTHING.fullmatch(piece):
            return Goal(text=piece)
        return self._marked(piece, facts) or self._plainly(piece, facts)

    def _marked(self, piece: str, facts: Facts) -> Read | None:
        """Return the reading of a sentence with conditions or requirements; None without any."""
        if HAS_MARK.search(piece) is None:
            return None
        problem: Read | None = None
        during = self._during(piece, facts)
        if during is not None:
            return during
        joined = self._joined(piece, facts)
        if isinstance(joined, Goal):
            return joined
        leading = LEADING.fullmatch(piece)
        if leading is not None:
            found = self._leading(leading["mark"], leading["rest"], facts)
            if found is not None:
                return found
        for read in (
            self._requirements.read(piece, facts),
            joined,
            self._trailing(piece, facts),
        ):
            if isinstance(read, Goal):
                return read
            problem = problem or read
        return problem

    def _during(self, piece: str, facts: Facts) -> Read | None:
        """Return the reading of "MAIN while you DO" and "while DOING, MAIN"; None without."""
        match = DURING.fullmatch(piece)
        if match is None:
            return None
        pairs = cuts_of(match["rest"]) if match["rest"] else [(match["said"], match["main"])]
        for said, main in pairs:
            doing = self._doing(said, facts)
            if doing is not None:
                return self._meanwhile(said, doing, main, facts)
        return None

    # Conditions: "if …", "unless …", "when …".

    def _leading(self, mark: str, rest: str, facts: Facts) -> Read | None:
        """Return the reading of "if COND, MAIN" without its "if"."""
        stated = ""
        problem: Read | None = None
        if mark == "after" and (IS_DONE.match(rest) or rest.startswith("you have ")):
            return self._after_done(rest, facts)
        for condition, main in cuts_of(rest):
            formula = self._conditions.stated(condition, facts)
            if formula is None:
                continue
            stated = condition
            read = self._conditional(mark, condition, formula, main, facts)
            if isinstance(read, Goal) or (isinstance(read, Question) and read.options):
                return read
            problem = problem or read
        if stated:
            return problem
        if "," in rest:
            condition, main = rest.split(" ,", 1)
            if PRONOUN.match(condition):  # what it stands for comes later
                later = self._trailing(f"{main.strip()} {mark} {condition}", facts)
                if isinstance(later, Goal):
                    return later
            return self._conditions.not_seen(mark, condition, facts)
        with suppress(_TooEntangledError):
            for condition, main in cuts_of(rest):
                if isinstance(self._plainly(main, facts), Goal):
                    return self._conditions.not_seen(mark, condition, facts)
        return problem

    def _after_done(self, rest: str, facts: Facts) -> Read | None:
        """Return the order of "after you have folded it put it away"; None if it has a pause.

        "After washing the mug, …" is an order for the grammar.
        """
        if "," in rest:
            return None
        for done, main in cuts_of(rest):
            read = self._read(f"after {done} , {main}", facts)
            if isinstance(read, Goal):
                return read
        return None

    def _trailing(self, piece: str, facts: Facts) -> Read | None:
        """Return the reading of "MAIN if COND"."""
        for match in re.finditer(rf"(?: ,| but)? (?P<mark>{MARK}) ", piece):
            main, rest = piece[: match.start()], piece[match.end() :]
            if not main.strip(" ,"):
                continue
            parts = ELSE.split(rest, maxsplit=1)
            whole = main + (f" , otherwise {parts[1]}" if len(parts) > 1 else "")
            then = self._read(main, facts)
            if not isinstance(then, Goal):
                if isinstance(then, Question) and then.is_understood:
                    return then
                continue
            formula = self._conditions.stated(parts[0], facts)
            if formula is None:
                return self._conditions.not_seen(match["mark"], parts[0], facts)
            return self._conditional(match["mark"], parts[0], formula, whole, facts)
        return None

    def _joined(self, piece: str, facts: Facts) -> Read | None:
        """Return the reading of "MAIN and if COND, OTHER": what comes before has no condition."""
        for match in re.finditer(rf"(?: ,)? (?:(?:and|then|but) (?:, )?)+(?=(?:{MARK}) )", piece):
            first = self._read(piece[: match.start()], facts)
            leading = LEADING.fullmatch(piece[match.end() :])
            if not isinstance(first, Goal) or leading is None:
                continue
            rest = self._leading(leading["mark"], leading["rest"], facts)
            if not isinstance(rest, Goal):
                return rest
            is_later = "then" in match[0].split()
            both = merged(first, rest, is_later=is_later)
            return construct_question(both, piece) if isinstance(both, str) else both
        return None

    def _conditional(
        self, mark: str, said: str, condition: Formula, main: str, facts: Facts
    ) -> Read:
        """Return the goal of a condition and what is wanted then, by the word that marks it."""
        if IS_RULE.match(mark):
            return self._rule(said, condition, main, facts)
        is_nested = LEADING.fullmatch(main.strip(" ,")) is not None
        if isinstance(condition, Exists):  # "if any plates are dirty, wash them": each one
            main = re.sub(r"\bthey are\b", "it is", re.sub(r"\bthem\b", "it", main))
        parts = [main] if is_nested else ELSE.split(f" {main}", maxsplit=1)
        then = self._read(parts[0], facts)
        if not isinstance(then, Goal):
            return then
        otherwise = self._otherwise(parts, facts) if len(parts) > 1 else Goal(text="")
        if not isinstance(otherwise, Goal):
            return otherwise
        if isinstance(condition, Exists) and mark != "unless" and ANTECEDENT.search(parts[0]):
            every = each_of(condition, then)
            if every is not None and len(parts) == 1:
                return every
            then = every or then
        if isinstance(condition, Forall) and len(parts) == 1:
            those = those_of(condition, then, is_denied=mark == "unless")
            if those is not None:
                return those
        is_kept = mark in ("while", "as long as", "so long as")
        if is_kept and not then.never and KEEPING.match(main) and conjuncts(then.formula):
            then = then.model_copy(update={"never": (opposite(then.formula),)})
        condition = opposite(condition) if mark == "unless" else condition
        goal = branching(condition, then, otherwise)
        if isinstance(goal, str):
            return construct_question(goal, main)
        if is_kept and then.never:
            return goal
        if mark in WHEN.split("|") and certain(condition, facts) is False:
            return if_or_first(mark, said, goal, condition, then, self._domain)
        wanted = conjuncts(then.formula)
        if len(wanted) > 1 and len(parts) == 1 and opposite(condition) in wanted:
            return then_or_always(mark, said, goal, then, self._domain)
        return goal

    def _doing(self, said: str, facts: Facts) -> Goal | None:
        """Return the goal of what is done in "while you wash the bowl"; None for a state."""
        match = ACTIVITY.fullmatch(said)
        if match is None:
            return None
        verb = match["doing"]
        read = self._plainly(f"{base_of(verb)} {match['rest']}", facts)
        is_done = verb.endswith("ing") or OF_PERSON.match(said) is not None
        return read if is_done and isinstance(read, Goal) else None

    def _meanwhile(self, said: str, doing: Goal, main: str, facts: Facts) -> Read:
        """Return the goal of "keep the fridge closed while you wash the bowl": both.

        What is forbidden for a time asks for nothing by itself, so that it is asked about.
        """
        read = self._read(main, facts)
        if not isinstance(read, Goal):
            return read
        both = merged(doing, read, is_later=False)
        if isinstance(both, str):
            return construct_question(both, said)
        if IS_DENIED.match(main) is None:
            return both
        whole = in_words(both, self._domain)
        why = f"'while {said}' is a time that is asked for nowhere"
        asked = f"{why}: shall that be done now, and this be kept meanwhile?"
        return Question(asked, (whole.words,), said=said, goals=(whole,), construct=why)

    def _otherwise(self, parts: Sequence[str], facts: Facts) -> Read:
        """Return the other branch; "otherwise in the sink" takes the verb of the first one."""
        first, rest = parts[0].strip(" ,"), parts[1].strip(" ,.;")
        if NOTHING.fullmatch(rest):
            return Goal(text=rest)
        whole = self._plainly(f"{first} or {rest}", facts)
        if isinstance(whole, Goal) and isinstance(whole.formula, AnyOf):
            return Goal(text=rest, formula=whole.formula.parts[-1])
        read = self._read(rest, facts)
        if isinstance(read, Goal):
            return read
        # "put the milk in the fridge …, otherwise on the counter": another preposition.
        words = first.split()
        for index in range(len(words) - 1, 0, -1):
            other = self._plainly(" ".join([*words[:index], rest]), facts)
            if isinstance(other, Goal):
                return other
        return read

    def _rule(self, said: str, condition: Formula, main: str, facts: Facts) -> Read:
        """Return the requirement of "whenever COND, MAIN within 20 s"."""
        limit = time_limit_of(main)
        steps = STEPS.search(limit.rest)
        rest = limit.rest if steps is None else limit.rest[: steps.start()]
        then = self._read(rest, facts)
        if not isinstance(then, Goal):
            return then
        if then.cases or then.requirements or then.before:
            return construct_question(f"a rule within a rule is nothing {CANNOT[6:]}", main)
        if then.never:
            return Goal(text=said, never=tuple(conjunction((condition, one)) for one in then.never))
        bound = ResponseBound(within_s=limit.within_s)
        if steps is not None:
            counted = bound_of(steps["number"], steps["unit"])
            if isinstance(counted, Question):
                return counted
            bound = counted
        rule = Response(condition, then.formula, bound)
        return Goal(text=said, formula=rule.at_the_end, requirements=(rule,))
