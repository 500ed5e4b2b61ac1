"""Answers about what the robot does: why, how long, what now, what next, is it safe."""

from __future__ import annotations

from collections.abc import Iterator

from treehand.console.dialogs.open_questions import OpenQuestions
from treehand.console.goal_queue import GoalQueue
from treehand.console.help_text import help_text
from treehand.console.job import Job
from treehand.console.run_control import RunControl
from treehand.core.events import BaseEvent, Event, RunStarted
from treehand.orchestrator.history.activity import Activity, clock_text
from treehand.orchestrator.sessions.robot import Robot
from treehand.orchestrator.sessions.runs.verdicts import verdict_on
from treehand.planners import Estimates, Goal, Plan, Refusal
from treehand.planners.reading.acts.dialogue_move import Move, MoveKind
from treehand.planners.reading.words.english import base_of
from treehand.skills import UNLIMITED
from treehand.skills.domain import Call

_OF_THE_PLAN = frozenset({"take", "be", "last", "finish", "do that", "do it", "do this", "go"})
"""Ends of a question for a duration that name no other goal than the present one."""
_MOST_STEPS = 12
"""Most steps that an answer lists."""


class StatusReporter:
    """Answers questions about the present goal, from the plan that waits or the run under way.

    Args:
        robot: Knows skills, beliefs and limits.
        runs: The run under way, and the last one.
        questions: Dialogs that may wait for an answer.
        queue: The goals that wait for their turn.
    """

    def __init__(
        self, robot: Robot, runs: RunControl, questions: OpenQuestions, queue: GoalQueue
    ) -> None:
        self._robot = robot
        self._runs = runs
        self._questions = questions
        self._queue = queue
        self._book = robot.world.limits
        self._activity = Activity(robot.deployment.domain)

    def hear(self, event: Event) -> None:
        """Take in an event of a run."""
        if isinstance(event, RunStarted):
            self._activity = Activity(self._robot.deployment.domain)
            self._questions.desk.refusal = ""
        if isinstance(event, BaseEvent):
            self._activity.take(event)

    def answer(self, move: Move) -> str | None:
        """Return the answer to a question; None if the journal of a past run has to tell."""
        match move.kind:
            case MoveKind.HELP:
                return self._abilities()
            case MoveKind.WHY:
                return self._why()
            case MoveKind.DURATION:
                return self._duration(move.rest)
            case MoveKind.PRESENT:
                return self._present()
            case MoveKind.NEXT:
                return self._next()
            case MoveKind.SAFETY:
                return self._safety(move.rest)
            case MoveKind.RULES:
                return self._rules()
            case MoveKind.ORIGIN:
                return self._origin(move.rest)
        return None

    @property
    def _now_s(self) -> float:
        return self._robot.world.clock.now_s()

    @property
    def _job(self) -> Job | None:
        """Return the job whose plan waits or runs; None if there is none."""
        live = self._runs.live
        return self._questions.desk.job or (live.job if live is not None else None)

    def _abilities(self) -> str:
        deployment = self._robot.deployment
        skills = ", ".join(name.replace("_", " ") for name in deployment.domain.skills)
        examples = " · ".join(deployment.lexicon.examples()[:3])
        lines = [f"I can {skills}."]
        if examples:
            lines.append(f"Ask for what shall be so, for example: {examples}.")
        return "\n".join((*lines, help_text(deployment.lexicon)))

    def _why(self) -> str | None:
        unclear = self._questions.goals.unclear
        if unclear is not None and self._questions.goals.refused:
            return self._questions.goals.refused
        if unclear is not None:
            said = f"'{unclear.said}' " if unclear.said else "that "
            return f"I ask because {said}can mean more than one thing: {unclear.text}"
        job, refusal = self._job, self._questions.desk.refusal
        reasons = self._reasons(job.plan) if job is not None else ()
        return "\n".join((*([refusal] if refusal else ()), *reasons)) or None

    def _reasons(self, plan: Plan) -> Iterator[str]:
        """Yield each step of a plan with what it is for: the goal, or a later step's need."""
        yield f"the goal is: {plan.goal.words}"
        domain, steps = self._robot.deployment.domain, plan.steps
        for index, call in enumerate(steps[:_MOST_STEPS]):
            model = domain.skills.get(call.name)
            if model is None:
                continue
            binding = dict(zip(model.params, call.arguments, strict=False))
            effects = {str(effect.substitute(binding)) for effect in model.effects}
            needs = ((later, need) for later in steps[index + 1 :] for need in self._needs(later))
            found = next(((later, need) for later, need in needs if need in effects), None)
            if found is None:
                yield f"  {call}: makes {' and '.join(sorted(effects)) or 'its part'} so"
            else:
                yield f"  {call}: {found[0]} needs {found[1]}"
        if len(steps) > _MOST_STEPS:
            yield f"  and {len(steps) - _MOST_STEPS} more steps; /plan shows all"

    def _needs(self, call: Call) -> list[str]:
        model = self._robot.deployment.domain.skills.get(call.name)
        if model is None:
            return []
        binding = dict(zip(model.params, call.arguments, strict=False))
        return [str(need.substitute(binding)) for need in model.preconditions]

    def _duration(self, rest: str) -> str | None:
        _, _, asked = rest.partition("to ")
        gerund, _, about = rest.partition(" ")
        if gerund.endswith("ing") and about:
            asked = f"{base_of(gerund)} {about}"
        if asked.strip() and asked.strip() not in _OF_THE_PLAN:
            return self._duration_of(asked.strip())
        live, job = self._runs.live, self._questions.desk.job
        if job is not None:
            steps = _counted(len(job.plan.steps))
            return f"{_estimated(job.plan.estimates)} for {steps}{self._slowed(job.plan)}"
        if live is not None:
            left = clock_text(self._activity.left_s(self._now_s))
            return f"about {left} left, if nothing fails: {self._activity.line(self._now_s)}"
        if self._questions.goals.is_asking:
            return "that depends on your answer to my question"
        return None if self._runs.past is not None else "nothing is planned and nothing runs"

    def _slowed(self, plan: Plan) -> str:
        """Return the estimate under the limits that a person set; empty if there are none."""
        domain, facts, book = self._robot.deployment.domain, self._robot.world.facts, self._book
        of_goal = plan.goal.manner.limits if plan.goal.manner is not None else UNLIMITED
        usual_s = slow_s = 0.0
        for call in plan.steps:
            model = domain.skills.get(call.name)
            took_s = model.duration if model is not None else 0.0
            usual_s += took_s
            slow_s += took_s / book.expected_on(call, facts).tightest(of_goal).speed
        if slow_s <= usual_s:
            return ""
        longer_s = plan.estimates.duration_s * slow_s / usual_s
        return f"; under the limits about {clock_text(longer_s)}"

    def _duration_of(self, text: str) -> str | None:
        """Return the estimate for a goal that nobody asks to be run."""
        read = self._robot.parts.proposer.read(text, self._robot.world)
        if not isinstance(read, Goal):
            return None
        proposal = self._robot.propose_reading(read)
        if not isinstance(proposal, Plan):
            return verdict_on(proposal).message
        if proposal.is_already_true:
            return f"no time: {read.words}, as I see it"
        return f"{_estimated(proposal.estimates)} to bring about: {read.words}"

    def _present(self) -> str:
        live = self._runs.live
        waiting = self._waiting()
        if live is not None:
            done = self._activity.line(self._now_s)
            return f"{live.goal.words or live.job.text}: {done or 'between two steps'}{waiting}"
        open_ = self._open()
        if open_:
            return f"{open_}{waiting}"
        last = self._runs.past
        if last is None or last.result is None:
            return f"nothing; nothing was run here yet{waiting}"
        ended = f"{last.result.outcome.value}, {last.result.message}"
        return f"nothing; the last goal was '{last.text}': {ended}{waiting}"

    def _open(self) -> str:
        """Return the question or plan that waits for the person; empty if there is none."""
        job, unclear = self._questions.desk.job, self._questions.goals.unclear
        if self._questions.rearming.is_asking:
            return "I am stopped, and wait for your yes to re-arm"
        if unclear is not None:
            return f"I wait for your answer: {unclear.text} ({', '.join(unclear.options)})"
        if job is not None:
            return f"I wait for your yes or no to the plan: {job.goal.words or job.text}"
        return ""

    def _next(self) -> str:
        live, job = self._runs.live, self._questions.desk.job
        waiting = self._waiting()
        if job is not None:
            return f"if you say yes: {_listed(job.plan.steps)}{waiting}"
        if live is not None:
            return f"next: {_listed(self._activity.left)}{waiting}"
        return f"{self._open() or 'nothing: say what shall be done'}{waiting}"

    def _waiting(self) -> str:
        texts = self._queue.texts
        return f"; then, of the queue: {', '.join(texts)}" if texts else ""

    def _origin(self, rest: str) -> str | None:
        """Return the place of a thing before the last run."""
        live = self._runs.live
        job = live.job if live is not None else self._runs.past
        grammar = self._robot.parts.proposer.reader.grammar
        thing = f"the {grammar.last_named()}" if rest in ("", "it", "that", "them") else rest
        told = grammar.ask(f"where is {thing}", job.start) if job is not None else None
        return f"before that, {told}" if told is not None else None

    def _rules(self) -> str:
        """Return the standing orders, constraints and number of hazard rules in force."""
        deployment = self._robot.deployment
        lines = list(self._robot.parts.proposer.reader.standing.lines())
        lines += [f"never {one}" for one in deployment.never]
        orders = "\n".join(lines) or "there are no standing orders"
        return f"{orders}\n{len(deployment.hazards.rules)} hazard rules refuse or confirm the rest"

    def _safety(self, asked: str) -> str:
        if asked and (told := self._safety_of(asked)) is not None:
            return told
        job, stops = self._job, self._robot.stops
        if job is None:
            held = f"the robot is stopped ({stops[0]})" if stops else "nothing moves"
            return f"{held}; nothing begins before you approve a plan, and 'stop' stops it at once"
        return "\n".join(self._risks(job.plan))

    def _safety_of(self, text: str) -> str | None:
        """Return the risks of something that nobody asks to be done; None if it is not read."""
        verb, _, about = text.partition(" ")
        text = f"{base_of(verb)} {about}".strip()  # "putting it there", "if I opened it"
        read = self._robot.parts.proposer.read(text, self._robot.world)
        if isinstance(read, Refusal):
            return f"no: {read.message}" if read.hazard or read.goal is not None else read.message
        if not isinstance(read, Goal):
            return None
        proposal = self._robot.propose_reading(read)
        if not isinstance(proposal, Plan):
            return f"no: {verdict_on(proposal).message}"
        if proposal.is_already_true:
            return f"nothing would move: {read.words}, as I see it"
        return "\n".join((f"if it is done ({read.words}):", *self._risks(proposal)))

    def _risks(self, plan: Plan) -> Iterator[str]:
        shown, chance = plan.certificate, plan.estimates
        final = [str(call) for call in shown.irreversible]
        yield f"cannot be undone: {', '.join(final)}" if final else "no step is irreversible"
        if shown.conditional:
            yield f"only if it comes to that: {', '.join(map(str, shown.conditional))}"
        if limits := self._book.lines():
            yield f"it runs under these limits: {'; '.join(limits)}"
        never = [str(one) for one in (*self._robot.deployment.never, *plan.goal.never)]
        if never:
            yield f"it stops if this becomes true: {', '.join(never)}"
        if chance.first_try_probability is not None and chance.weakest:
            weak = chance.weakest[0]
            share = f"{chance.first_try_probability:.0%} without any retry"
            yield f"success is expected in {share}; likeliest to fail: {weak.call}"
        if not chance.weakest:
            yield "success is expected: no step is known to fail"
        yield from (f"mind: {caution.text}" for caution in plan.cautions)
        yield f"none of the {len(self._robot.deployment.hazards.rules)} hazard rules refuses it"


def _estimated(estimates: Estimates) -> str:
    longer = estimates.expected_duration_s
    more = f" ({clock_text(longer)} with likely failures)" if longer else ""
    return f"about {clock_text(estimates.duration_s)}{more}"


def _counted(steps: int) -> str:
    return f"{steps} step" if steps == 1 else f"{steps} steps"


def _listed(steps: tuple[Call, ...]) -> str:
    told = ", ".join(map(str, steps[:_MOST_STEPS]))
    more = len(steps) - _MOST_STEPS
    return (f"{told} and {more} more" if more > 0 else told) or "the last step is ending"
