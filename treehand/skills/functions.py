"""Plain Python functions as skills.

A generator function is a skill: it yields at points where it may be halted, and its ``finally``
blocks run when it is.

    @skill("wave")
    def wave(context, person):
        for _ in range(3):
            move_hand()
            yield 0.5                      # go on in half a second
        if not seen_waving():
            return FailureCode.TIMEOUT     # or SkillStep.failure(code, "why")

A function that blocks is one too, if it says how it is stopped: ``@skill("pour",
stop=abort_pouring)``. It runs in a worker thread, and `stop` is called from the run's thread.
"""

from __future__ import annotations

import contextvars
import inspect
import threading
from collections.abc import Callable, Generator
from types import CodeType, FrameType
from typing import Any

from treehand.core.errors import ContractError
from treehand.core.text.outside_values import finite_number, shown
from treehand.skills.contracts.definition import SkillContext, SkillDefinition
from treehand.skills.contracts.skill import HaltStep, Skill, SkillStep, StepStatus
from treehand.skills.domain.failures import FailureCode
from treehand.skills.signatures import async_skill

PERIOD_S = 0.05
"""Pause after a bare ``yield``, in run seconds."""

SkillResult = SkillStep | FailureCode | None
"""Return value of a function skill; None means success."""
SkillGenerator = Generator[float | None, None, SkillResult]
"""Type of a started generator skill: it yields run seconds to wait, or None for one period."""
SkillFunction = Callable[..., Any]


def skill(
    name: str,
    *,
    world: str | None = None,
    stop: Callable[[], None] | None = None,
    ends_itself: bool = False,
) -> Callable[[SkillFunction], SkillDefinition]:
    """Return a decorator that makes a `SkillDefinition` of a function.

    Args:
        name: Name of the skill in domains and trees.
        world: World that the skill is made for; None serves every world.
        stop: Required for a function that blocks: brings the robot to rest. It is called from
            another thread, possibly more than once.
        ends_itself: If true, the skill runs until it returns. If false, it is halted as soon as its
            declared effects are observed.

    Raises:
        ContractError: If the function neither yields nor says how it is stopped, or is async.
    """

    def define(function: SkillFunction) -> SkillDefinition:
        doc = inspect.getdoc(function) or ""
        if inspect.isgeneratorfunction(function):
            return SkillDefinition(
                name, lambda c: _GeneratorSkill(function, c, ends_itself), world, doc, function
            )
        if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
            message, hint = async_skill(f"'{name}'")
            raise ContractError(f"async-skill: {message}\n  hint: {hint}", _code_of(function))
        if stop is None:
            raise ContractError(
                f"unstoppable-skill: skill '{name}' neither yields nor says how it is stopped\n"
                "  hint: yield at safe points, or give stop=…"
            )
        halt = stop
        return SkillDefinition(
            name, lambda c: _BlockingSkill(function, halt, c, ends_itself), world, doc, function
        )

    return define


def _result(name: str, value: object, function: SkillFunction) -> SkillStep:
    if value is None:
        return SkillStep.success()
    if isinstance(value, FailureCode):
        return SkillStep.failure(value)
    if isinstance(value, SkillStep) and value.status is not StepStatus.RUNNING:
        return value
    raise ContractError(
        f"wrong-result: skill '{name}' returned {shown(value)}\n"
        "  hint: return None, a FailureCode or a finished SkillStep",
        _code_of(function),
    )


def _pause_s(name: str, value: object, function: SkillFunction, line: int | None) -> float:
    """Return the pause that a generator yields, in run seconds.

    Args:
        name: Name of the skill.
        value: The pause.
        function: The generator function.
        line: Line that yields.
    """
    if value is None:
        return PERIOD_S
    seconds = finite_number(value)
    if seconds is not None and seconds >= 0.0:
        return seconds
    raise ContractError(
        f"wrong-result: skill '{name}' yielded {shown(value)}\n"
        "  hint: yield the seconds to wait, 0 or more, or nothing",
        _code_of(function),
        line,
    )


def _arguments(function: SkillFunction, context: SkillContext) -> tuple[object, ...]:
    """Return the arguments of a function; raise `ContractError` if it does not take them."""
    arguments = (context, *context.call.arguments)
    try:
        inspect.signature(function, follow_wrapped=False).bind(*arguments)
    except TypeError as error:
        names = ", ".join(("context", *context.call.arguments))
        raise ContractError(
            f"wrong-signature: the function cannot be called as {context.call.name}({names}): "
            f"{error}",
            _code_of(function),
        ) from None
    except ValueError:  # a function without a signature: its call decides
        pass
    return arguments


def _code_of(function: SkillFunction) -> CodeType | None:
    code = getattr(inspect.unwrap(function), "__code__", None)
    return code if isinstance(code, CodeType) else None


def _line_of(generator: object, function: SkillFunction) -> int | None:
    """Return the line of a function that its generator is paused at; None if it is unknown."""
    frame = getattr(generator, "gi_frame", None)
    if isinstance(frame, FrameType) and frame.f_code is _code_of(function):
        return frame.f_lineno
    return None


def _not_started(context: SkillContext) -> ContractError:
    return ContractError(
        f"step-before-start: skill '{context.call.name}' was stepped before it was started\n"
        "  hint: call start() once, before the first step()"
    )


def _at_rest(context: SkillContext) -> HaltStep:
    return HaltStep.DONE if context.embodiment.stop().acknowledged else HaltStep.RUNNING


class _GeneratorSkill(Skill):
    @property
    def code(self) -> CodeType | None:
        """Code of the function, which is the one to be named where its result is wrong."""
        return _code_of(self._function)

    def __init__(
        self, function: Callable[..., SkillGenerator], context: SkillContext, ends_itself: bool
    ) -> None:
        self.ends_itself = ends_itself
        self._function = function
        self._context = context
        self._generator: SkillGenerator | None = None
        self._wake_at_s = 0.0

    def start(self) -> None:
        self._generator = self._function(*_arguments(self._function, self._context))
        self._wake_at_s = self._context.clock.now_s()

    def step(self) -> SkillStep:
        if self._generator is None:
            raise _not_started(self._context)
        now_s = self._context.clock.now_s()
        if now_s < self._wake_at_s:
            return SkillStep.running(self._wake_at_s)
        try:
            pause_s = next(self._generator)
        except StopIteration as end:
            return _result(self._context.call.name, end.value, self._function)
        line = _line_of(self._generator, self._function)
        self._wake_at_s = now_s + _pause_s(self._context.call.name, pause_s, self._function, line)
        return SkillStep.running(self._wake_at_s)

    def halt(self) -> HaltStep:
        if self._generator is not None:
            self._generator.close()
        return _at_rest(self._context)


class _BlockingSkill(Skill):
    @property
    def code(self) -> CodeType | None:
        """Code of the function, as for a generator."""
        return _code_of(self._function)

    def __init__(
        self,
        function: SkillFunction,
        stop: Callable[[], None],
        context: SkillContext,
        ends_itself: bool,
    ) -> None:
        self.ends_itself = ends_itself
        self._function = function
        self._stop = stop
        self._context = context
        self._thread: threading.Thread | None = None
        self._value: object = None
        self._error: BaseException | None = None
        self._is_over = False

    def start(self) -> None:
        arguments = _arguments(self._function, self._context)
        self._context.clock.hold()
        self._thread = threading.Thread(
            target=contextvars.copy_context().run,
            args=(self._work, arguments),
            name=str(self._context.call),
            daemon=True,
        )
        self._thread.start()

    def _work(self, arguments: tuple[object, ...]) -> None:
        try:
            self._value = self._function(*arguments)
        except BaseException as error:  # SystemExit too; handed to the run's thread by `step`
            self._error = error
        finally:
            self._is_over = True
            self._context.clock.release()

    def step(self) -> SkillStep:
        if self._thread is None:
            raise _not_started(self._context)
        if not self._is_over:
            return SkillStep.running(None)
        if self._error is not None:
            raise self._error
        return _result(self._context.call.name, self._value, self._function)

    def halt(self) -> HaltStep:
        self._stop()
        if self._thread is not None and not self._is_over:
            return HaltStep.RUNNING
        return _at_rest(self._context)
