"""The way of a line: to an open question, to the run under way, or to a new goal."""

from __future__ import annotations

import re
from collections.abc import Callable

from treehand.console.dialogs.goal_edits import EDITS
from treehand.console.dialogs.limit_dialog import LimitDialog
from treehand.console.dialogs.move_dialog import MoveDialog
from treehand.console.dialogs.open_questions import OpenQuestions
from treehand.console.dialogs.remember_dialog import RememberDialog
from treehand.console.dialogs.standing_dialog import StandingDialog
from treehand.console.goal_queue import GoalQueue
from treehand.console.goal_sequence import GoalSequence
from treehand.console.intents import Intent, Utterance, classify
from treehand.console.job import Job, RunningJob
from treehand.console.messages import Said, Tell
from treehand.console.run_control import RunControl
from treehand.console.slash_commands import SlashCommands
from treehand.planners import Goal
from treehand.planners.reading.acts.assent import is_assent, is_praise
from treehand.planners.reading.acts.dialogue_move import move_of
from treehand.planners.reading.acts.limit_words import limit_of
from treehand.planners.reading.acts.social import social_reply
from treehand.planners.reading.acts.stops import is_refusal, plain_words
from treehand.planners.reading.words.asked_whether import made_so
from treehand.planners.reading.words.function_words import QUESTION_WORDS

_DROPPING = re.compile(
    r"^(?:(?:no|oh|ok|okay|well|actually|wait|ugh|hm+|nah|sorry)[, ]+)?"
    r"(?:never ?mind|(?:forget|scrap|drop|cancel"
    r"|scratch|skip|leave)(?: about)? (?:it|that|this|that one|(?:the|my) \w+(?: \w+)?))\b"
    r"\s*[,.;:!–-]+\s*(?=\w)(?!(?:the|a|an|my|and|all|both|that|this|nor|or)\b)",
    re.IGNORECASE,
)
"""Words that drop the goal before, in front of another one."""
_WHOLE_LINES = (Intent.YES, Intent.GO_ON, Intent.HOLD, Intent.NEVER_MIND, Intent.EDIT)
"""Intents that no words of a revision follow."""
_FRAGMENT = 3
"""Most words of a correction that only names what is meant: "the blue one"."""


class LineRouter:
    """Gives each line to the dialog, the run or the command that it is for.

    Private methods return True if a goal ended by the line without a run, so that the next one of
    the queue is due.

    Args:
        tell: Shows a message.
        runs: The run under way.
        questions: Dialogs with their open questions.
        sequence: Takes the next goal when one has ended.
        queue: The goals that wait.
        moves: Takes follow-ups and corrections.
        limits: Takes limits on speed and force.
        memory: Remembers and forgets choices.
        standing: Standing orders.
        commands: The slash commands.
        ask: Answers a question about the world, the present goal or the past.
        takes_up: Tells if a line asks the question before anew.
        may_be_goal: Tells if a question asks for something: "could I have the mug?".
        stop: Stops the run under way, given the person's words.
    """

    def __init__(
        self,
        tell: Tell,
        *,
        runs: RunControl,
        questions: OpenQuestions,
        sequence: GoalSequence,
        queue: GoalQueue,
        moves: MoveDialog,
        limits: LimitDialog,
        memory: RememberDialog,
        standing: StandingDialog,
        commands: SlashCommands,
        ask: Callable[[str], str],
        takes_up: Callable[[str], bool],
        may_be_goal: Callable[[str], bool],
        stop: Callable[[str], None],
    ) -> None:
        self._tell = tell
        self._runs = runs
        self._questions = questions
        self._sequence = sequence
        self._queue = queue
        self._moves = moves
        self._limits = limits
        self._memory = memory
        self._standing = standing
        self._commands = commands
        self._ask = ask
        self._takes_up = takes_up
        self._may_be_goal = may_be_goal
        self._was_question = False
        """True if the last line was a question."""
        self._stop = stop
        self._is_fresh = False
        """True if the plan that waits was shown after the last line."""

    def take(self, said: Utterance, line: str) -> None:
        """Take a line in, and go to the next goal if one ended by it."""
        before, was_question = self._questions.desk.job, self._was_question
        rest = _DROPPING.sub("", line) if self._runs.live is None else line
        is_dropping = bool(rest) and rest != line  # "scrap that, put it in the sink"
        if is_dropping:
            said, line = classify(rest), rest
        if said.intent is Intent.QUESTION:
            line = said.rest or line
        words = plain_words(line).split()
        told = 2 * (words[:2] in (["tell", "me"], ["show", "me"]))
        first, second = (*words[told:], "", "")[:2]
        is_open = first in QUESTION_WORDS and second not in ("about", "not")
        is_plain = said.intent is Intent.QUESTION and not is_open and move_of(line) is None
        if is_plain and (self._may_be_goal(line) or made_so(line) is not None):
            said = Utterance(Intent.OTHER, line)
        self._was_question = _is_question(said, line)
        if was_question and self._takes_up(line):
            said, self._was_question = Utterance(Intent.QUESTION, line), True
        if self._route(said, line):
            self._sequence.advance()
        if is_dropping and before is not None and self._questions.desk.job is before:
            self._questions.desk.drop("the person dropped it")
            self._tell(Said("the plan before is dropped"))
        self._is_fresh = self._questions.desk.job is not before

    def _route(self, said: Utterance, line: str) -> bool:
        questions, live = self._questions, self._runs.live
        if said.intent is Intent.NOTHING:
            self._tell(Said("say what shall be done, or /help"))
        elif said.intent is Intent.COMMAND:
            self._command(said.rest)
        elif questions.rearming.is_asking:
            self._rearm(said, line)
        elif questions.answers.open is not None:
            self._answer(said, line)
        elif self._standing.take(line):
            return False
        elif self._was_question:
            self._tell(Said(self._ask(line)))
            self._questions.goals.ask_again()
        elif (revised := self._revised(said, line)) is not None:
            return revised
        elif not self._leaves_out(said) and self._memory.take(line):
            return False
        elif (ended := self._move(line)) is not None:
            return ended
        elif said.intent is Intent.REARM:
            questions.rearming.look()
        elif said.intent is Intent.NEVER_MIND:
            self._never_mind()
        elif questions.edits.is_asking and _turns_down(said):
            questions.edits.drop()
            return self._reminded(has_ended=False, job=questions.desk.job)
        elif questions.edits.is_asking:
            edit = questions.edits.answer(said, line)
            return edit is not None and self._route(edit, edit.rest)
        elif live is not None:
            self._while_running(said, line, live)
        elif questions.goals.is_asking:
            waits = questions.desk.job
            return self._reminded(questions.goals.answer(said, line), job=waits)
        elif questions.desk.job is not None:
            return self._on_proposal(said, line, questions.desk.job)
        else:
            return self._when_idle(said, line)
        return False

    def _revised(self, said: Utterance, line: str) -> bool | None:
        """Take a line that revises the goal that waits or runs; return None for any other line."""
        desk, edits, live = self._questions.desk, self._questions.edits, self._runs.live
        goal = desk.job.goal if desk.job is not None else live.goal if live is not None else None
        is_asking = self._questions.goals.is_asking or edits.is_asking
        if goal is None or is_asking or said.intent in _WHOLE_LINES:
            return None
        revised = edits.revised(line, goal)
        if revised is None:
            return None
        if not edits.show_difference(goal, revised):
            return False
        reason = said.rest if said.intent is Intent.NO and said.rest else line
        if desk.job is not None:
            return desk.revise(revised, reason, text=revised.words)
        if live is not None:
            live.change(revised, reason)
        return False

    def _leaves_out(self, said: Utterance) -> bool:
        """Return True for "forget the cheese" while there is a goal to leave it out of."""
        has_goal = self._questions.desk.job is not None or self._runs.live is not None
        return said.intent is Intent.SKIP and has_goal

    def _move(self, line: str) -> bool | None:
        """Take a limit, a follow-up or a correction; return None if the line is none."""
        limit = limit_of(line)
        if limit is not None and self._limits.take(limit, line):
            return False
        move = move_of(line)
        return self._moves.take(move, line) if move is not None else None

    def _fragment(self, line: str) -> bool | None:
        """Take a few words that only name what is meant of a goal: "blue"; None for others."""
        is_short = len(line.split()) <= _FRAGMENT and "," not in line
        return self._moves.take_fragment(line) if is_short else None

    def _when_idle(self, said: Utterance, line: str) -> bool:
        if said.intent is Intent.GO_ON:
            self._sequence.carry_on()
            return False
        if self._standing.denies(line):
            return False
        if said.intent is Intent.NO and said.rest and not is_refusal(said.rest.lower().split()):
            return self._questions.goals.want(said.rest)
        if said.intent in (Intent.YES, Intent.NO, Intent.EDIT, Intent.HOLD):
            self._tell(Said("nothing waits for that; say what shall be done, or /help"))
            return False
        is_follow_up = said.intent in (Intent.INSTEAD, Intent.ALSO)
        return self._questions.goals.want(said.rest if is_follow_up else line)

    def _answer(self, said: Utterance, line: str) -> None:
        answers = self._questions.answers
        open_ = answers.open
        is_no = said.intent in (Intent.NO, Intent.NEVER_MIND)  # "no, I need that"
        chosen = "yes" if is_assent(line) else "no" if is_no else line
        if answers.give(line) or answers.give(chosen) or open_ is None:
            return
        if _is_question(said, line):
            self._tell(Said(self._ask(line)))
        self._tell(Said(f"please answer first: {' / '.join(open_.options)}"))

    def _rearm(self, said: Utterance, line: str) -> None:
        if _is_question(said, line):
            self._tell(Said(self._ask(line)))
            self._tell(Said("is the way clear? yes or no"))
            return
        self._questions.rearming.answer(is_yes=said.intent is Intent.YES)

    def _on_proposal(self, said: Utterance, line: str, job: Job) -> bool:
        desk, edits = self._questions.desk, self._questions.edits
        if said.intent in (Intent.YES, Intent.GO_ON) or (self._is_fresh and is_praise(line)):
            desk.approve()
        elif (kept := self._kept_from(said, line, job)) is not None:
            return edits.show_difference(job.goal, kept) and desk.revise(kept, line)
        elif said.intent is Intent.NO:
            return self._reject(said.rest, job)
        elif said.intent is Intent.EDIT:
            desk.give_out()
        elif _repeats(line, job):
            desk.approve()
        elif said.intent in EDITS or edits.is_condition(line, job.goal):
            goal = edits.edited(said, job.goal, job.plan)
            return goal is not None and desk.revise(goal, line)
        elif (reply := social_reply(line)) is not None:
            self._tell(Said(reply))
            return self._reminded(has_ended=False, job=job)
        elif said.intent is Intent.OTHER:
            ended = self._fragment(line)
            if ended is not None:
                return ended
            return self._reminded(self._questions.goals.want(line), job=job)
        else:
            self._tell(Said("the plan waits: yes, no (with a reason), edit, or 'actually …'"))
        return False

    def _kept_from(self, said: Utterance, line: str, job: Job) -> Goal | None:
        """Return the goal of a job that also keeps what a line forbids; None if it forbids none.

        "Don't touch the glass" leaves out the glass where the plan moves it.
        """
        kept = self._standing.kept_from(line, job.goal)
        if kept is None or said.intent is not Intent.SKIP:
            return kept
        forbidden = {term for one in kept.never for atom in one.atoms() for term in atom.fact.terms}
        moved = {term for step in job.plan.certificate.steps for term in step.arguments}
        return None if forbidden & moved else kept

    def _reminded(self, has_ended: bool, *, job: Job | None) -> bool:
        """Tell if the plan of a job still waits after something else was asked for."""
        desk = self._questions.desk
        if job is not None and desk.job is job and not self._questions.goals.is_asking:
            self._tell(
                Said(f"the plan before still waits: {job.goal.words or job.text}; yes or no")
            )
        elif job is not None and desk.job not in (job, None):
            self._tell(Said(f"this is in place of the plan before: {job.goal.words or job.text}"))
        return has_ended

    def _reject(self, reason: str, job: Job) -> bool:
        """Drop the plan; a reason that names parts to leave out leads to another plan."""
        desk, edits = self._questions.desk, self._questions.edits
        if not reason or is_refusal(plain_words(reason).split()):
            desk.drop("no")
            self._runs.give_up()
            self._tell(Said("dropped; nothing was moved"))
            return True
        goal = edits.read(classify(reason), job.goal, job.plan)
        if goal is None:
            self._tell(Said("the plan still waits: yes, no, edit"))
            return False
        is_other = edits.show_difference(job.goal, goal)
        return is_other and desk.revise(goal, reason)

    def _while_running(self, said: Utterance, line: str, live: RunningJob) -> None:
        goals = self._questions.goals
        if goals.is_asking and said.intent in (Intent.YES, Intent.NO, Intent.OTHER):
            goals.answer(said, line)
        elif said.intent is Intent.HOLD:
            live.hold()
        elif said.intent is Intent.GO_ON:
            live.go_on()
        elif (kept := self._kept_from(said, line, live.job)) is not None:
            if self._questions.edits.show_difference(live.goal, kept):
                live.change(kept, line)
        elif said.intent in EDITS or self._questions.edits.is_condition(line, live.goal):
            goal = self._questions.edits.edited(said, live.goal, live.job.plan)
            if goal is not None:
                live.change(goal, line)
        elif said.intent in (Intent.YES, Intent.NO, Intent.EDIT):
            self._tell(Said("nothing waits for that; it is running"))
        elif self._fragment(line) is None:
            goals.want(line)

    def _command(self, text: str) -> None:
        if text.partition(" ")[0] == "forget":
            self._never_mind()
        else:
            self._commands.obey(text)

    def _never_mind(self) -> None:
        live = self._runs.live
        if live is not None:
            live.give_up()
            self._stop("never mind")
            return
        self._runs.give_up()
        self._questions.drop("never mind")
        count = len(self._queue.clear())
        self._tell(Said(f"forgotten{f', {count} in the queue too' if count else ''}"))


def _repeats(line: str, job: Job) -> bool:
    """Return True for "yes, close it": a yes with the verb of the plan that waits."""
    yes, *rest = [*plain_words(line).split(), ""]
    rest = [word for word in rest if word and word not in ("please", "then", "now", "do")]
    is_same = rest[:1] != [] and rest[0] in plain_words(job.text).split()
    return is_assent(yes) and is_same and rest[1:] in (["it"], ["them"], ["that"], ["both"])


def _turns_down(said: Utterance) -> bool:
    return not said.rest and said.intent in (Intent.NO, Intent.NEVER_MIND)


def _is_question(said: Utterance, line: str) -> bool:
    """Return True for a line that is answered and changes nothing."""
    move = move_of(line)
    return said.intent is Intent.QUESTION if move is None else move.kind.is_question
