"""Goals in plain words, and questions back about what is unclear of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from treehand.console.dialogs.rearm_dialog import RearmDialog
from treehand.console.goal_queue import GoalQueue
from treehand.console.intents import Intent, Utterance
from treehand.console.job import Job
from treehand.console.messages import Asked, Said, Tell
from treehand.console.reading_stop import ReadingStop
from treehand.console.run_control import RunControl
from treehand.orchestrator.people.person import chosen_option
from treehand.orchestrator.running.result import Verdict
from treehand.orchestrator.sessions.robot import Robot
from treehand.orchestrator.sessions.runs.verdicts import verdict_on
from treehand.planners import Answer, Goal, Question, Reading
from treehand.planners.goals.changes import things_of
from treehand.planners.reading.acts.assent import is_assent
from treehand.planners.reading.acts.dialogue_move import MoveKind, move_of
from treehand.planners.reading.acts.social import social_reply
from treehand.planners.reading.acts.stops import is_refusal, plain_words, without_lead_ins
from treehand.planners.reading.grammar.follow_ups import ALL_OF_THEM, ANY_OF_THEM
from treehand.planners.reading.reports import NOTHING
from treehand.planners.reading.restricted_orders import NO, YES
from treehand.planners.reading.words.function_words import PREPOSITIONS
from treehand.planners.reading.words.tokens import tokens_of
from treehand.skills.domain import AllOf, Facts, conjuncts
from treehand.trees import PersonQuestion

_ABILITY = re.compile(r"(?:can|could|do|are) you (?:able to )?(?!please\b).+\?$", re.IGNORECASE)
"""A question for what the robot can do, if nothing that it can do is named."""
_LED_IN = re.compile(r"^(?:(?:or|and|no|well|oh|hmm|wait|rather|actually|better|then|ok)(?: ,)? )+")
_LED_OUT = re.compile(
    r"(?:(?<=\w),? ?(?:actually|then|please|now|thanks|i think|i guess|rather|instead)\b)+$"
)
_TURNED_DOWN = re.compile(
    r"^(?:(?:no|nope|nah|neither|none|wait|actually|rather|instead|never ?mind|forget (?:it|that)"
    r"|(?:scrap|drop|cancel|scratch|skip|leave) (?:it|that)|oh|ok|okay|well|hmm?|sorry|then|and|but"
    r"|on second thoughts?|i changed my mind|changed my mind)\b(?: of (?:them|those|these))?"
    r"\s*[,.;:!–-]*\s*)+",
    re.IGNORECASE,
)
"""Words in front of another order that turn down what was asked."""
_INSTEAD = re.compile(r"\s*,?\s*\b(?:instead|rather|first)\b[.!]*$", re.IGNORECASE)
_THOSE = re.compile(
    r"\b(?:all (?:of )?)?(?:those|these)(?=[.!]?$| (?:in|on|into|onto|to|away|up|please|back)\b)"
)
"""Pronouns for the things that were listed before."""
_THAT_ONE = re.compile(r"(?<=\w )(?:that|this) one\b(?! (?:is|are|in|on|at|with))")
_NO_MATTER = re.compile(
    r"\b(not (matter|care|mind)|no matter|up to you|you (choose|decide|pick))\b"
    r"|^(the one )?(whichever|that) (one )?is (the )?(closest|closer|nearest|nearer|easiest)$"
    r"|^(just )?(pick|choose|take|use) (any|either|one|whichever)( of them| one)?$"
)


_AND_MORE = re.compile(r"(?: ,)?(?: and| but)? (?=(?:leave|keep|do not|not|never) )")
"""Where more is said after the answer to a question: "the small one, and leave the other"."""
_BETTER = re.compile(
    r"^(?:i think )?(?:the )?(?=.* (?:is|would be|sounds|seems) (?:better|best|nicer)$)"
    r"|(?<=\w) (?:is|would be|sounds|seems) (?:better|best|nicer)$"
)
"""Words around a place that is told as the better one."""
NAMES_OF_CHOICES = frozenset({"the", "a", "an", "that", "this", "one", "any", "both", "all"})
"""Words that begin the name of a thing to choose, and no order."""


class GoalTaker(Protocol):
    """Plans for goals and proposes the plans."""

    @property
    def job(self) -> Job | None:
        """Return the job whose plan waits; None if none does."""
        ...

    def propose(self, text: str, goal: Goal, *, replaces: str | None = None) -> bool:
        """Propose a plan for a goal; return True if the goal ended without one."""
        ...

    def refuse(self, words: str, verdict: Verdict) -> None:
        """Remember why a goal has no plan, for who asks why."""
        ...


class GoalDialog:
    """Reads goals, and asks back until their words are clear.

    Args:
        robot: Reads them, with its beliefs.
        tell: Shows a message.
        proposer: Takes the goals.
        queue: Takes the goals that are read while another one runs.
        runs: Tells whether one does.
        rearming: Tells whether the robot is stopped.
        reading: Tells whether a stop came while a goal was read.
    """

    def __init__(
        self,
        robot: Robot,
        tell: Tell,
        proposer: GoalTaker,
        *,
        queue: GoalQueue,
        runs: RunControl,
        rearming: RearmDialog,
        reading: ReadingStop,
    ) -> None:
        self._robot = robot
        self._tell = tell
        self._proposer = proposer
        self._queue = queue
        self._runs = runs
        self._rearming = rearming
        self._reading = reading
        self._reader = robot.parts.proposer.reader
        self._unclear: Question | None = None
        self.refused = ""
        """The reason of the refusal whose offer is the open question; empty for any other."""

    @property
    def is_asking(self) -> bool:
        """Return True if the next line is expected to answer."""
        return self._unclear is not None

    @property
    def unclear(self) -> Question | None:
        """Return the open question; None if there is none."""
        return self._unclear

    def want(self, text: str) -> bool:
        """Read a goal and have a plan for it proposed; return True if it ended without one.

        While another goal runs, the goal is read at once and waits for its turn.
        """
        if self._rearming.warn_if_needed():
            return False
        world = self._robot.world
        if self._runs.live is not None:  # its thread changes the beliefs meanwhile
            world = replace(world, facts=world.facts.copy(), bindings=world.bindings.copy())
        text = _THAT_ONE.sub("it", _THOSE.sub("them", text))
        follow_up = self._reader.grammar.follow(text, world.facts)
        read = follow_up or self._robot.parts.proposer.read(text, world)
        self._tell_note()
        if isinstance(read, Question) and not read.options and _ABILITY.match(text):
            self._tell(Said(f"not that I know of: {read.text}"))
            return True
        return self.take(text, read)

    def answer(self, said: Utterance, line: str) -> bool:
        """Take the answer to the open question, or another goal instead of one.

        Returns:
            True if the goal ended without a plan.
        """
        question = self._unclear
        assert question is not None
        facts = self._robot.world.facts.copy()
        option = chosen_option(line, question.options) or _agreed(question, line)
        if option is None and (reply := social_reply(line)) is not None:
            self._tell(Said(reply))
            self.ask_again()
            return False
        if option is None:
            option, read = self._described(question, line, facts)
            if read is not None:
                return self.take(question.said, read)
        if option is not None:
            return self._choose(question, option, facts)
        whole = self._completed(question, line, facts)
        if whole is not None:
            return self.take(question.said, whole)
        is_no = said.intent is Intent.NO and (
            not said.rest or is_refusal(plain_words(said.rest).split())
        )
        if is_no or is_refusal(plain_words(line).split()):
            self._unclear = None
            self._tell(Said("dropped; nothing was moved"))
            return False
        return self._beside(line, facts)

    def _beside(self, line: str, facts: Facts) -> bool:
        """Take a line that answers nothing: another order, or words that are answered at once."""
        for other in dict.fromkeys((line, _INSTEAD.sub("", _TURNED_DOWN.sub("", line)))):
            if other and self._is_order(other, facts):
                self._unclear = None
                return self.want(other)
        read = self._robot.parts.proposer.read(line, self._robot.world)
        if isinstance(read, Answer):
            self._tell(Said(read.text))
        elif isinstance(read, Question) and read.goals and NOTHING in read.options:
            self._tell(Said(read.text.partition(": ")[0]))  # a report, with no other offer now
        elif isinstance(read, Question) and read.goals and YES in read.options:
            return self.take(line, read)  # "shouldn't the stove be off?" offers something else
        self.ask_again()
        return False

    def _is_order(self, line: str, facts: Facts) -> bool:
        """Return True if a line is an order of its own, understood or not."""
        lexicon = self._robot.deployment.lexicon
        words = without_lead_ins([word for word in tokens_of(line) if word.isalnum()])
        if not words or not self._reader.may_ask(line):
            return False
        if isinstance(self._reader.plainly(line, facts), Goal):
            return True
        is_long = len(words) > 2 and words[0] not in NAMES_OF_CHOICES
        return is_long and lexicon.asks(words[0])

    def ask_again(self) -> None:
        """Show the open question again."""
        if self._unclear is not None:
            self._tell(Asked(PersonQuestion(self._unclear.text, self._unclear.options)))

    def _completed(self, question: Question, line: str, facts: Facts) -> Reading | None:
        """Return the reading of the words asked about with what a line adds: "to the dishwasher".

        Where all options are about one thing, the line may tell its place: "the fridge is better".
        """
        said = _LED_OUT.sub("", _LED_IN.sub("", " ".join(tokens_of(line)).strip(" .!,")))
        words = _BETTER.sub("", said)
        is_placed = words.partition(" ")[0] in PREPOSITIONS
        if not question.said or not (is_placed or words != said):
            return None
        atoms = [a for goal in question.goals for a in goal.formula.atoms()]
        things = {a.fact.terms[0] for a in atoms if len(a.fact.terms) == 2}
        things = things or {name for goal in question.goals for name in things_of(goal, facts)}
        put = [f"put the {name.replace('_', ' ')}" for name in things if len(things) == 1]
        places = (words,) if is_placed else (f"in the {words}", f"on the {words}")
        ways = [f"{question.said} {words}", *(f"{one} {place}" for one in put for place in places)]
        for way in ways[not is_placed :]:
            read = self._reader.plainly(way, facts)
            if isinstance(read, Goal):
                return read
        asked = self._robot.parts.proposer.read(ways[-1], self._robot.world) if is_placed else None
        return asked if isinstance(asked, Question) and asked.goals else None

    def _choose(self, question: Question, option: str, facts: Facts) -> bool:
        self._unclear = None
        if question.about:
            self._reader.grammar.remember(question.about, option)
            return self.want(question.meaning(option))
        if question.goal_of(option) is not None:
            self._reader.grammar.chosen(option, facts)
        read = self._reader.answered(question, option, facts)
        self._tell_note()
        choice = self._reader.learned.choice
        if choice is not None and isinstance(read, Goal):
            told = f"say 'remember that' to have '{choice.said}' read like this from now on"
            self._tell(Said(told))
        return self.take(question.said, read)

    def _tell_note(self) -> None:
        note = self._reader.learned.note
        if note:
            self._tell(Said(note))

    def _described(
        self, question: Question, line: str, facts: Facts
    ) -> tuple[str | None, Reading | None]:
        """Return the option that a line describes, or the reading that takes several of them.

        "The one on the table" is the option that is there, "both" all of them, "any" one of them.
        """
        move = move_of(line)
        said = move.rest if move is not None and move.kind is MoveKind.CORRECTION else line
        words = _LED_OUT.sub("", _LED_IN.sub("", " ".join(tokens_of(said)).strip(" .!,")))
        names = question.options[: len(question.goals)] if question.goals else question.options
        if (words in ANY_OF_THEM or _NO_MATTER.search(words)) and names:
            self._tell(Said(f"then: {names[0]}"))
            return (names[0], None) if question.goals else (None, self._meant(question, names[0]))
        if words in ALL_OF_THEM and len(names) > 1 and (words[:4] != "both" or len(names) == 2):
            return None, self._all_of(question, names, facts)
        if not question.about:
            return None, None
        noun = question.about.split()[-1]
        is_denied = words.startswith("not ")
        first, *more = _AND_MORE.split(words.removeprefix("not "), maxsplit=1)
        named = _with_noun(first, noun)
        found = self._reader.grammar.objects(named, facts)
        fitting = [one for one in names if (one.replace(" ", "_") in found) != is_denied]
        if len(fitting) == 1 and len(found) == 1 and more:
            whole = f"{question.meaning(fitting[0])} , {_with_noun(more[0], noun)}"
            both = self._reader.plainly(whole, facts)
            return None, both if isinstance(both, Goal) else None
        if len(fitting) == 1 and len(found) == 1:
            return fitting[0], None
        if found and not set(found) & {one.replace(" ", "_") for one in names}:
            read = self._meant(question, " and the ".join(one.replace("_", " ") for one in found))
            return (None, read) if isinstance(read, Goal) else (None, None)
        if move is not None and said != question.about:
            self._tell(Said(f"I cannot tell which of these is '{said}'"))
        return None, None

    def _all_of(self, question: Question, names: Sequence[str], facts: Facts) -> Reading | None:
        """Return the reading with all options of a question; None if they do not go together."""
        if question.goals:
            parts = [part for goal in question.goals for part in conjuncts(goal.formula)]
            never = tuple(dict.fromkeys(one for goal in question.goals for one in goal.never))
            goal = Goal(text=question.said, formula=AllOf(tuple(parts)), never=never)
            return self._reader.checked(goal, facts)
        if not question.about:
            return None
        return self._meant(question, " and the ".join(names))

    def _meant(self, question: Question, things: str) -> Reading:
        """Return the reading of a question's words with things in place of the unclear ones."""
        return self._reader.plainly(question.meaning(things), self._robot.world.facts.copy())

    def drop(self) -> None:
        """Expect no answer any more."""
        self._unclear = None

    def take(self, text: str, read: Reading) -> bool:
        """Take what was read: propose a plan, ask back, or say why there is none.

        Returns:
            True if the goal ended without a plan.
        """
        if isinstance(read, Answer):
            self._unclear = None
            self._tell(Said(read.text))
            return True
        self._reading.require_wanted()
        self.refused = ""
        if isinstance(read, Question):
            self._ask_back(read)
            return False
        self._unclear = None
        if isinstance(read, Goal):
            return self.accept(text, read)
        verdict = verdict_on(read)
        self._proposer.refuse(text, verdict)
        self._tell(Said(f"{verdict.outcome.value}: {verdict.message}"))
        if read.offer is None:
            return True
        self.refused = verdict.message
        asked = f"shall I {read.offer.text}?"
        self._ask_back(Question(asked, (YES, NO), said=read.offer.text, goals=(read.offer,)))
        return False

    def accept(self, text: str, goal: Goal) -> bool:
        """Have a plan proposed, or let the goal wait while another one runs."""
        if self._runs.live is not None:
            self._queue.put(text, goal)
            return False
        waits = self._proposer.job
        return self._proposer.propose(text, goal, replaces=text if waits is not None else None)

    def _ask_back(self, question: Question) -> None:
        if not question.options:
            self._unclear = None
            self._tell(Said(question.text))
            return
        self._unclear = question
        self.ask_again()


def _with_noun(words: str, noun: str) -> str:
    """Return "the cup from table one" for "the one from table one", about cups."""
    said = words.split()
    for index, word in enumerate(said):
        if word in ("one", "ones") and said[max(0, index - 1) : index] != [noun]:
            return " ".join((*said[:index], noun, *said[index + 1 :]))
    return words


def _agreed(question: Question, line: str) -> str | None:
    """Return the option that a "yes" or a "no" to a question for one goal means; else None."""
    if len(question.goals) != 1 or not question.options:
        return None
    if is_assent(line):
        return question.options[0]
    declines = question.options[1:]
    return declines[-1] if declines and is_refusal(plain_words(line).split()) else None
