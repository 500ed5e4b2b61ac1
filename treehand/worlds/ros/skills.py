"""Skills that an action, a service or a topic of ROS serves."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from treehand.core.errors import ContractError, InputError, near
from treehand.core.text.outside_values import finite_number, readable, shown
from treehand.skills import HaltStep, Skill, SkillContext, SkillStep, StepStatus
from treehand.skills.domain import Atom, Value
from treehand.worlds.ros.bridge_message import value_at
from treehand.worlds.ros.goals import ABORTED, SUCCEEDED, RosRequest
from treehand.worlds.ros.interface import RosInterface
from treehand.worlds.ros.robot import RosRobot
from treehand.worlds.ros.settings import RosSettings
from treehand.worlds.ros.templates import filled
from treehand.worlds.ros.topics import SLOT

PERIOD_S = 0.1
"""Longest pause between two looks at a goal, in run seconds; a result wakes the run at once."""
LOOKUP_S = 3.0
"""Longest wait for a list of servers, in run seconds; then it counts as unknown."""
SERVER_S = 3.0
"""Longest wait for an action server or service that is not there yet, in run seconds."""
ASKED_N = 4
"""Fewest answers without an action server after which it counts as missing."""
AGAIN_S = 0.5
"""Pause until it is looked for again, in run seconds."""
NOTE_S = 2.0
"""Shortest time between two notes of feedback, in run seconds."""


def ros_skill(
    interface: RosInterface,
    parameters: tuple[str, ...],
    effects: tuple[Atom, ...],
    settings: RosSettings,
) -> Callable[[SkillContext], Skill]:
    """Return the factory of the skill that an interface serves.

    Args:
        interface: The ``ros:`` section of the binding.
        parameters: Parameters of the skill.
        effects: Its effects on what topics tell, over the parameters.
        settings: Poses and names of objects.
    """
    kinds = {"action": _ActionSkill, "service": _ServiceSkill, "publish": _PublishSkill}

    def make(context: SkillContext) -> Skill:
        robot: object = context.embodiment
        if not isinstance(robot, RosRobot):
            message = f"wrong-robot: '{context.call}' is bound to {interface.name} of ROS"
            raise ContractError(f"{message}\n  hint: write 'world: ros' in treehand.yaml")
        arguments = dict(zip(parameters, context.call.arguments, strict=True))
        grounded = tuple(atom.substitute(arguments) for atom in effects)
        return kinds[interface.kind](context, robot, interface, arguments, grounded, settings)

    return make


class _RosSkill(Skill):
    """One activation: a request, and what its end means."""

    def __init__(
        self,
        context: SkillContext,
        robot: RosRobot,
        interface: RosInterface,
        arguments: Mapping[str, str],
        effects: tuple[Atom, ...],
        settings: RosSettings,
    ) -> None:
        self._context = context
        self._robot = robot
        self._interface = interface
        self._name = str(filled(interface.name, arguments, settings))
        self._goal = filled(interface.goal, arguments, settings)
        self._effects = effects
        self._request = ""
        self._lookup = ""
        self._asked_s = 0.0
        """Time at which the present question for names was asked."""
        self._asked_n = 0
        self._begun_s = context.clock.now_s()
        self._has_started = False
        self._success: SkillStep | None = None
        self._succeeded_s = 0.0

    @property
    def ends_itself(self) -> bool:
        """True: a goal is over when its result has come, not when its effect is seen."""
        return True

    def start(self) -> None:
        self._has_started = True
        self._begun_s = self._context.clock.now_s()

    def step(self) -> SkillStep:
        if not self._has_started:
            raise ContractError(f"step-before-start: '{self._context.call}' was not started")
        if self._success is None:
            step = self._advance()
            if step.status is not StepStatus.SUCCESS:
                return step
            self._success, self._succeeded_s = step, self._context.clock.now_s()
        return self._wait() if self._is_unseen() else self._success

    def _is_unseen(self) -> bool:
        """Return True while a topic tells the contrary, and may only be late.

        ROS orders nothing between a result and the messages of a topic.
        """
        if self._context.clock.now_s() - self._succeeded_s >= self._interface.seen_within:
            return False
        return any(atom.holds(self._context.facts) is False for atom in self._effects)

    def halt(self) -> HaltStep:
        if not self._request:
            return HaltStep.DONE
        if not self._robot.cancel(self._request):
            return HaltStep.RUNNING
        self._robot.finish(self._request)
        return HaltStep.DONE

    def _advance(self) -> SkillStep:
        raise NotImplementedError

    def _wait(self) -> SkillStep:
        return SkillStep.running(self._context.clock.now_s() + PERIOD_S)

    @property
    def _age_s(self) -> float:
        return self._context.clock.now_s() - self._begun_s

    def _missing(self, kind: str, known: Collection[str] | None) -> SkillStep:
        """Return the failure of a server that is not there, with the names of those that are.

        One that has served before has gone, and may come back; any other is not there at all.
        """
        if self._robot.has_served(self._name):
            return self._failed("lost", f"{self._name} has gone: there is no such {kind} any more")
        if known is not None and self._name in known:
            return self._failed("lost", f"rosbridge does not see the {kind} {self._name} yet")
        place = self._interface.span(self._interface.kind)
        detail = absence(kind, self._name, known)
        return self._failed("missing", f"{detail}; named at {place}" if place else detail)

    def _failed(self, outcome: str, detail: str, key: str = "") -> SkillStep:
        code = self._interface.failure_of(key, outcome)
        return SkillStep.failure(code, readable(detail)[:300])

    def _judged(self, request: RosRequest, outcome: str) -> SkillStep:
        """Return the end of a request with a result: success, or the failure of its code."""
        interface, known = self._interface, self._interface.known
        key = self._code(request.values)
        wanted = interface.succeeds_with or (known.succeeds_with if known is not None else (0,))
        if outcome == "" and (key == "" or int(key) in wanted):
            return SkillStep.success(outputs=dict(self._outputs(request.values)))
        said = self._text(request.values) or request.said
        code = f" with code {key}" if key and int(key) not in wanted else ""
        what = {"": "ended", "failed": "said no"}.get(outcome, outcome)
        detail = f"{self._name} {what}{code}" + (f": {said}" if said else "")
        return self._failed(outcome or "aborted", detail, key if code else "")

    def _code(self, values: Any) -> str:
        interface, known = self._interface, self._interface.known
        path = interface.code_at or (known.code_at if known is not None else None)
        if path is None:
            return ""
        try:
            told = value_at(values, path)
        except KeyError:
            if interface.code_at is None:
                return ""  # an older version of a known type
            raise self._wrong("code_at", f"the result has no '{path}'") from None
        if type(told) is not int:
            raise self._wrong("code_at", f"'{path}' is {shown(told)}, which is no whole number")
        return str(told)

    def _text(self, values: Any) -> str:
        known = self._interface.known
        path = self._interface.detail_at or (known.detail_at if known is not None else None)
        try:
            told = value_at(values, path) if path else ""
        except KeyError:
            return ""
        return told if isinstance(told, str) else ""

    def _outputs(self, values: Any) -> Iterator[tuple[str, Value]]:
        for port, path in self._interface.outputs.items():
            try:
                told = value_at(values, path)
            except KeyError:
                raise self._wrong("outputs", f"the result has no '{path}'") from None
            number = finite_number(told)
            if isinstance(told, bool | str):
                yield port, told
            elif number is not None:
                yield port, number
            else:
                raise self._wrong("outputs", f"'{path}' is {shown(told)}, which no port can hold")

    def _wrong(self, key: str, problem: str) -> InputError:
        interface = self._interface
        span = interface.span(key if getattr(interface, key, None) else interface.kind)
        hint = f"compare with: ros2 interface show {interface.type}"
        return InputError.of("wrong-message", f"{self._name}: {problem}", span=span, hint=hint)


class _ActionSkill(_RosSkill):
    _noted_s = -NOTE_S
    _noted = ""

    def start(self) -> None:
        super().start()
        self._asked_s, self._asked_n = self._context.clock.now_s(), 1
        self._lookup = self._robot.server_names()

    def _advance(self) -> SkillStep:
        if not self._request:
            missing = self._look_up()
            if missing is not None:
                return missing
        goal = self._robot.request(self._request)
        if goal is None:
            return self._wait()
        if not goal.is_sent and not goal.is_over and self._age_s >= SERVER_S:
            self._robot.cancel(goal.id)
            self._robot.finish(goal.id)
            return self._missing("action server", None)
        if goal.is_lost and not goal.is_over:
            if self._robot.is_connected:
                self._robot.cancel(goal.id)  # nobody would tell its result: it is stopped first
            return self._wait()
        self._note(goal.feedback)
        if not goal.is_over:
            return self._wait()
        self._robot.finish(goal.id)
        return self._ended(goal)

    def _look_up(self) -> SkillStep | None:
        """Send the goal once the server is known to be there; None if it was sent.

        A server that is not there yet is waited for: what is started together comes up at its own
        pace.
        """
        found = self._robot.request(self._lookup)
        is_late = self._context.clock.now_s() - self._asked_s > LOOKUP_S
        if found is not None and not found.is_over and not is_late:
            return self._wait()
        servers = names_in(found, "action_servers")
        if servers is not None and self._name not in servers:
            if self._age_s >= SERVER_S and self._asked_n >= ASKED_N:
                self._robot.finish(self._lookup)
                return self._missing("action server", servers)
            if self._context.clock.now_s() - self._asked_s >= AGAIN_S:
                self._robot.finish(self._lookup)
                self._asked_s = self._context.clock.now_s()
                self._asked_n += 1
                self._lookup = self._robot.server_names()
                self._context.note(f"waits for the action server {self._name}")
            return self._wait()
        self._robot.finish(self._lookup)
        self._request = self._robot.send_goal(self._name, self._interface.type, self._goal)
        return None

    def _note(self, feedback: Any) -> None:
        template, now_s = self._interface.feedback, self._context.clock.now_s()
        if template is None or feedback is None or now_s - self._noted_s < NOTE_S:
            return
        try:
            text = SLOT.sub(lambda slot: _written(value_at(feedback, slot[1].strip())), template)
        except KeyError as missing:
            raise self._wrong("feedback", f"the feedback has no '{missing.args[0]}'") from None
        self._noted_s = now_s
        if text != self._noted:
            self._noted = text
            self._context.note(readable(text)[:200])

    def _ended(self, goal: RosRequest) -> SkillStep:
        if goal.is_lost:
            detail = f"the connection was lost while {self._name} ran; its goal was cancelled"
            return self._failed("lost", detail)
        if not goal.is_served:
            return self._failed("refused", f"{self._name} did not take the goal: {goal.values}")
        if goal.status == SUCCEEDED:
            return self._judged(goal, "")
        return self._judged(goal, "aborted" if goal.status == ABORTED else "canceled")


class _ServiceSkill(_RosSkill):
    _tried_s = 0.0

    def start(self) -> None:
        super().start()
        self._call()

    def _call(self) -> None:
        self._request = self._robot.call_service(self._name, self._interface.type, self._goal)

    def _without_service(self) -> SkillStep:
        """Return the failure of a missing service, once it is known which ones there are."""
        found = self._robot.request(self._lookup)
        is_late = self._context.clock.now_s() - self._asked_s > LOOKUP_S
        if found is not None and not found.is_over and not is_late:
            return self._wait()
        self._robot.finish(self._lookup)
        return self._missing("service", names_in(found, "services"))

    def _advance(self) -> SkillStep:
        if self._lookup:
            return self._without_service()
        call = self._robot.request(self._request)
        if call is None:
            if self._age_s - self._tried_s >= AGAIN_S:
                self._tried_s = self._age_s
                self._call()
            return self._wait()
        if not call.is_over:
            return self._wait()
        self._robot.finish(call.id)
        if call.is_lost:
            return self._failed("lost", f"the connection was lost while {self._name} was called")
        if not call.is_served:
            said = str(call.values)
            if "does not exist" not in said:
                return self._failed("refused", f"{self._name} was not called: {said}")
            if self._age_s >= SERVER_S:
                self._asked_s = self._context.clock.now_s()
                self._lookup = self._robot.service_names()
            return self._wait()
        said_no = isinstance(call.values, dict) and call.values.get("success") is False
        return self._judged(call, "failed" if said_no else "")


class _PublishSkill(_RosSkill):
    def _advance(self) -> SkillStep:
        if self._robot.publish(self._name, self._interface.type, self._goal):
            return SkillStep.success()
        return self._failed("lost", f"there is no connection to publish {self._name}")


def absence(kind: str, name: str, known: Collection[str] | None) -> str:
    """Return the sentence that there is no server of a name, with near names or all known ones."""
    hint = (
        "" if known is None else f"; {near(name, known, what='known') if known else 'known: none'}"
    )
    return f"there is no {kind} {name}{hint}"


def names_in(found: RosRequest | None, key: str) -> set[str] | None:
    """Return the names that an answer of rosapi lists; None if nobody tells them."""
    if found is None or not found.is_over or not found.is_served:
        return None
    named = found.values.get(key) if isinstance(found.values, dict) else None
    if not isinstance(named, list):
        return None
    return {one if one.startswith("/") else f"/{one}" for one in named if isinstance(one, str)}


def _written(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
