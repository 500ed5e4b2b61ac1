"""Follow-ups and corrections: "undo that", "put it back", "do that again", "no, the other one"."""

from __future__ import annotations

import re

from treehand.console.dialogs.open_questions import OpenQuestions
from treehand.console.goal_queue import GoalQueue, WaitingGoal
from treehand.console.intents import Intent, Utterance
from treehand.console.job import Job
from treehand.console.messages import Said, Tell
from treehand.console.run_control import RunControl
from treehand.orchestrator.sessions.robot import Robot
from treehand.planners import Goal, Question, Reading, Refusal
from treehand.planners.goals.changes import keep_only
from treehand.planners.goals.restoration import Restoration
from treehand.planners.reading.acts.dialogue_move import Move, MoveKind
from treehand.planners.reading.grammar.sentences import words_that_count
from treehand.planners.reading.words.function_words import FUNCTION_WORDS
from treehand.planners.reading.words.tokens import tokens_of
from treehand.skills.domain import AllOf, Atom, Fact, Facts, conjuncts

_BOTH = ("both", "both of them", "both of those", "them both", "those two", "the two", "these two")
_THEM = (
    "",
    "them all",
    "all of them",
    "all of those",
    "the lot",
    "it",
    "that",
    "this",
    "them",
    "those",
    "these",
    "everything",
    "all",
    "all of it",
    "things",
)


_OTHER_PLACE = re.compile(
    r"(?P<thing>.+?)(?: ,)?(?: but| only| except| just| and)* "
    r"(?P<place>(?:in|into|on|onto|to|at) .+)"
)
"""A thing with another place than that of the request before."""


class MoveDialog:
    """Takes lines that refer to the goals before them.

    Methods return None if the line is none of these here, so that it is read by itself; else True
    if a goal ended without a run.

    Args:
        robot: Reads the words, with its beliefs.
        tell: Shows a message.
        runs: The run under way, and the last one.
        questions: Dialogs that take the goals.
        queue: The goals that wait while another one runs.
    """

    def __init__(
        self,
        robot: Robot,
        tell: Tell,
        runs: RunControl,
        questions: OpenQuestions,
        queue: GoalQueue,
    ) -> None:
        self._queue = queue
        self._robot = robot
        self._tell = tell
        self._runs = runs
        self._questions = questions
        self._reader = robot.parts.proposer.reader
        self._restoration = Restoration(robot.deployment.lexicon)

    def take(self, move: Move, line: str) -> bool | None:
        """Take a line that refers to what was said or done before."""
        facts = self._robot.world.facts.copy()
        match move.kind:
            case MoveKind.CORRECTION:
                return self._correct(move.rest, line, facts)
            case MoveKind.SAME_WITH:
                return self._same_with(move.rest, line, facts)
            case MoveKind.AGAIN:
                return self._again(self._job)
            case MoveKind.PROPOSE_AGAIN:
                return self._again(self._questions.desk.dropped or self._job)
            case MoveKind.SWAP:
                return self._swap(line, facts)
            case MoveKind.UNDO:
                return self._undo(line, facts)
            case MoveKind.PUT_BACK:
                return self._put_back(move.rest, line, facts)
        return None

    def take_fragment(self, line: str) -> bool | None:
        """Take words that only name a thing or a place of the goal: "blue", "the sink"."""
        lexicon = self._robot.deployment.lexicon
        words = [word for word in tokens_of(line) if word.isalnum()]
        named = [word for word in words if lexicon.names(word) or word in lexicon.adjectives]
        if not named or not {*words} - {*named} <= FUNCTION_WORDS:
            return None
        return self.take(Move(MoveKind.CORRECTION, " ".join(words)), line)

    @property
    def _job(self) -> Job | None:
        """Return the job that was run last, or runs now."""
        live = self._runs.live
        return live.job if live is not None else self._runs.past

    def _correct(self, rest: str, line: str, facts: Facts) -> bool | None:
        goals, desk, live = self._questions.goals, self._questions.desk, self._runs.live
        if goals.is_asking or self._questions.edits.is_asking:
            return None  # it may choose an option
        if desk.job is None and self._queue.last is not None:
            return self._correct_queued(self._queue.last, rest, line, facts)
        words = words_that_count(line, self._robot.deployment.lexicon)
        if self._reader.grammar.readings(words, facts):
            return None  # it says all by itself
        whole = desk.job.goal if desk.job is not None else live.goal if live is not None else None
        read: Goal | Question | None = self._only(rest, whole, facts) if whole is not None else None
        if read is None:
            read = self._reader.grammar.corrected(rest, facts, whole.formula if whole else None)
        if read is None:
            return None
        meant = self._told(_with_limits(read, whole), facts) if isinstance(read, Goal) else read
        return self._instead(meant, whole, line)

    def _only(self, rest: str, whole: Goal, facts: Facts) -> Goal | None:
        """Return a goal about some of its things alone: "just the second one"."""
        lead, _, named = rest.partition(" ")
        if lead not in ("just", "only"):
            return None
        grammar, domain = self._reader.grammar, self._robot.deployment.domain
        names = grammar.objects(grammar.follow_ups.with_noun(named), facts)
        return keep_only(whole, names, facts, domain)

    def _correct_queued(
        self, waits: WaitingGoal, rest: str, line: str, facts: Facts
    ) -> bool | None:
        """Take a correction of the goal that was said last, and waits for its turn."""
        read = self._reader.grammar.corrected(rest, facts, waits.goal.formula)
        if read is None:
            return None
        meant = (
            self._told(_with_limits(read, waits.goal), facts) if isinstance(read, Goal) else read
        )
        if not isinstance(meant, Goal):
            return self._questions.goals.take(line, meant)
        if self._questions.edits.show_difference(waits.goal, meant):
            self._queue.replace_last(meant.text, meant)
        return False

    def _same_with(self, rest: str, line: str, facts: Facts) -> bool | None:
        goals, desk = self._questions.goals, self._questions.desk
        if goals.is_asking or self._questions.edits.is_asking:
            return None
        if desk.job is not None:
            said = Utterance(Intent.ALSO, rest)
            goal = self._questions.edits.edited(said, desk.job.goal, desk.job.plan)
            return goal is not None and desk.revise(goal, line)
        read = self._reader.grammar.follow(rest, facts) or self._placed_anew(rest, facts)
        if read is None:
            if self._job is None and line.split()[0].lower() in ("same", "ditto", "likewise"):
                self._tell(Said("the same as what? nothing was asked for before"))
                return False
            return None
        return goals.take(line, self._told(read, facts) if isinstance(read, Goal) else read)

    def _placed_anew(self, rest: str, facts: Facts) -> Goal | Question | None:
        """Return the last request for another thing and place: "the gear but in the crate"."""
        found = _OTHER_PLACE.fullmatch(rest)
        first = self._reader.grammar.follow(found["thing"], facts) if found is not None else None
        if found is None or not isinstance(first, Goal):
            return first
        read = self._reader.grammar.corrected(found["place"], facts, first.formula)
        return read if not isinstance(read, Goal) or read.formula != first.formula else None

    def _again(self, job: Job | None) -> bool | None:
        if self._is_asked():
            return False
        if job is None:
            self._tell(Said("there is nothing to do again: nothing was run here yet"))
            return False
        if self._runs.live is None:
            self._forget_predicted(job.goal)
        return self._questions.goals.accept(job.text, job.goal)

    def _forget_predicted(self, goal: Goal) -> None:
        """Take what nothing senses for undone again: "wipe the table", then "do that again"."""
        world, predicates = self._robot.world, self._robot.deployment.domain.predicates
        for atom in goal.formula.atoms():
            is_told = predicates[atom.fact.predicate].known_by == "predicted"
            if is_told and atom.fact in world.facts.true_facts() and atom.positive:
                undone = Atom(atom.fact, not atom.positive)
                world.facts.predict(undone, "asked for again", world.clock.now_s())

    def _undo(self, line: str, facts: Facts) -> bool | None:
        if self._questions.desk.drop(line):
            self._tell(Said("nothing was moved yet; the plan is dropped"))
            return True
        if self._is_asked():
            return False
        if self._runs.live is not None:
            self._tell(Said("it is running: say 'stop' to end it, then 'undo that'"))
            return False
        job = self._runs.past
        if job is None:
            self._tell(Said("there is nothing to undo: nothing was run here yet"))
            return False
        changed = self._restoration.changed(job.start, facts)
        if not changed:
            self._tell(Said("there is nothing to undo: that run changed nothing"))
            return False
        goals = [Goal(text=line, formula=part) for part in changed]
        admits = self._robot.parts.proposer.is_of_use
        can = [goal for goal in goals if admits(goal, self._robot.world)]
        lost = [goal for goal in goals if goal not in can]
        if lost:
            told = "; ".join(self._said_of(goal, facts) for goal in lost)
            self._tell(Said(f"that cannot be made so again: {told}"))
        if not can:
            return True
        whole = Goal(text=line, formula=AllOf(tuple(goal.formula for goal in can)))
        return self._questions.goals.take(line, self._told(whole, facts))

    def _put_back(self, rest: str, line: str, facts: Facts) -> bool | None:
        if self._is_asked():
            return False
        if self._job is None:
            return None
        moved = self._moved(facts, 2 if rest in _BOTH else 1)
        if rest in (*_THEM, *_BOTH):
            last = self._reader.grammar.follow_ups.last_among(moved)
            names = (last,) if rest in ("", "it", "that", "this") and last else tuple(moved)
        else:
            named = self._reader.grammar.follow_ups.with_noun(rest)
            earlier = self._moved(facts, len(self._runs.past_jobs))
            names = self._reader.grammar.objects(named, facts, tuple(earlier))
            moved = {**earlier, **moved}
        parts = tuple(moved[name] for name in names if name in moved)
        if not parts or len(parts) < len(names):
            return None
        goal = Goal(text=line, formula=AllOf(parts) if len(parts) > 1 else parts[0])
        return self._questions.goals.take(line, self._told(goal, facts))

    def _moved(self, facts: Facts, least: int) -> dict[str, Atom]:
        """Return things with their places before the runs that moved them, the last run's first.

        Args:
            facts: Beliefs now.
            least: Number of things, or of runs, to go back for.
        """
        live, moved = self._runs.live, dict[str, Atom]()
        starts = [live.job.start] if live is not None else []
        for start in (*starts, *(job.start for job in self._runs.past_jobs)):
            moved = {**moved, **self._restoration.moved(start, facts)}
            if len(moved) >= least:
                break
        return moved

    def _swap(self, line: str, facts: Facts) -> bool | None:
        """Take "swap them": of two things with two places, each to the other's."""
        desk, live, past = self._questions.desk, self._runs.live, self._runs.past
        whole = desk.job.goal if desk.job is not None else live.goal if live is not None else None
        said = whole or (past.goal if past is not None else None)
        parts = conjuncts(said.formula) if said is not None else ()
        if len(parts) != 2 or not all(isinstance(part, Atom) for part in parts):
            return None
        one, other = (part for part in parts if isinstance(part, Atom))
        if not len(one.fact.terms) == len(other.fact.terms) == 2:
            return None
        swapped = tuple(
            Atom(Fact(to.fact.predicate, (of.fact.terms[0], to.fact.terms[1])), to.positive)
            for of, to in ((one, other), (other, one))
        )
        goal = Goal(text=line, formula=AllOf(swapped))
        return self._instead(self._told(_with_limits(goal, whole), facts), whole, line)

    def _instead(self, meant: Reading, whole: Goal | None, line: str) -> bool:
        """Take a goal in place of the one that waits or runs, if any."""
        goals, desk, live = self._questions.goals, self._questions.desk, self._runs.live
        if not isinstance(meant, Goal) or whole is None:
            return goals.take(line, meant)
        if not self._questions.edits.show_difference(whole, meant):
            return False
        if desk.job is not None:
            return desk.revise(meant, line, text=meant.text)
        if live is not None:
            live.change(meant, line)
        return False

    def _told(self, goal: Goal, facts: Facts) -> Goal | Refusal:
        """Return a goal whose text is its meaning: "the other one" says nothing later."""
        read = self._reader.checked(goal, facts)
        return read if isinstance(read, Refusal) else read.model_copy(update={"text": read.words})

    def _is_asked(self) -> bool:
        """Return True, with what waits told, if the person has to answer something first."""
        questions = self._questions
        if questions.desk.job is not None:
            self._tell(Said("the plan waits: yes, no (with a reason), edit, or 'actually …'"))
        elif questions.goals.is_asking or questions.edits.is_asking:
            self._tell(Said("please answer the question first, or say no"))
        else:
            return False
        return True

    def _said_of(self, goal: Goal, facts: Facts) -> str:
        checked = self._reader.checked(goal, facts)
        return checked.message if isinstance(checked, Refusal) else checked.words


def _with_limits(goal: Goal, whole: Goal | None) -> Goal:
    """Return a corrected goal with the order and the limits of the one before."""
    if whole is None:
        return goal
    never = tuple(dict.fromkeys((*whole.never, *goal.never)))
    kept = {"before": whole.before, "never": never, "within_s": whole.within_s}
    return goal.model_copy(update={**kept, "manner": goal.manner or whole.manner})
