"""A world behind checks: what its code returns is sound, and what it raises names the world."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Mapping, Sequence
from itertools import islice
from types import CodeType
from typing import Any, NoReturn

from treehand.core.error_record import ErrorRecord, PluginError, error_record, raise_plugin_error
from treehand.core.errors import ContractError
from treehand.core.text.outside_values import finite_number, shown
from treehand.skills import (
    Counting,
    DecisionTimed,
    Disturbable,
    Disturbance,
    GroundTruth,
    Randomized,
    SceneIdentity,
    World,
)
from treehand.skills.domain import (
    Fact,
    Facts,
    Percept,
    Vocabulary,
    is_plain,
    name_mismatch,
    percept_problem,
    plain_percept,
)
from treehand.worlds.blocked_call import BlockedCall, CallWatch

MAX_ITEMS = 1_000_000
"""Greatest number of items that one call may return."""
MAX_MISFITS = 10_000
"""Number of facts about objects outside of the scene that are kept apart."""
FUTURE_S = 1.0
"""Time by which a percept may be ahead of the run's clock: clocks of sensors differ a little."""
BACK_S = 1.0
"""Time by which a source may go back; what it tells late is dropped, a greater step is an error."""
_NAMES_AT_FAULT = ("unknown-predicate", "wrong-arity")
"""Mismatches that are errors of the world. An object that the scene does not have is none: a
detector may see anything."""


class CheckedWorld:
    """Calls a world and checks what it returns.

    Every method raises `PluginError`, with the line of the world's code, if the world raises or
    returns something else than its protocol says.

    Args:
        world: The world.
        name: Its name, for messages.
        vocabulary: Predicates and objects that it may tell about.
        now_s: Gives the run time, to refuse percepts of the future; they are taken if left out.
        watch: Watch of the calls that opened it, which goes on.
    """

    def __init__(
        self,
        world: World,
        name: str,
        vocabulary: Vocabulary,
        *,
        now_s: Callable[[], float] = lambda: float("inf"),
        watch: CallWatch | None = None,
    ) -> None:
        self._now_s = now_s
        self.watch = watch or CallWatch()
        """The call of the world that is under way."""
        self._code = _PluggedCode(world, f"world '{name}'", self.watch)
        self._world = world
        self._name = name
        self._vocabulary = vocabulary
        self.kind = type(world)
        """Class of the world."""
        self._known: set[Fact] = set()
        """Facts whose names were checked."""
        self._dropped: dict[str, tuple[str, str]] = {}
        self._late: dict[str, str] = {}
        self._misfits: set[Fact] = set()
        self._told_s: dict[tuple[Fact, str], float] = {}
        """Fact and source to the newest time that it was told of."""
        self.has_truth = isinstance(world, GroundTruth)
        """True if the world knows what is true."""
        self._identified = world if isinstance(world, SceneIdentity) else None
        self._scene_id: str | None = None

    def truth(self) -> Facts | None:
        """Return the true facts; None if the world does not know them."""
        if not self.has_truth:
            return None
        told = self._code.call("truth")
        if not isinstance(told, Facts):
            self._code.refuse("truth", f"{shown(told)}, which is not Facts")
        return told

    @property
    def faults(self) -> Disturbable:
        """Return the world's faults, behind checks; `Undisturbed` if it has none of its own."""
        world = self._world
        if isinstance(world, Disturbable):
            return CheckedFaults(world, self._name)
        return Undisturbed(self._name)

    @property
    def timed(self) -> DecisionTimed | None:
        """Return the world if it tells how late decisions are; None if it does not."""
        return self._world if isinstance(self._world, DecisionTimed) else None

    def counts(self) -> dict[str, int]:
        """Return the counts of the world by name; empty if it counts nothing."""
        if not isinstance(self._world, Counting):
            return {}
        return {name: int(count) for name, count in self._code.call("counts").items()}

    @property
    def drops(self) -> tuple[tuple[str, str], ...]:
        """Return the dropped percepts, the first one for each object, each with the reason."""
        return tuple(self._dropped.values())

    @property
    def late(self) -> tuple[str, ...]:
        """Return the first percept of each source that was older than one before, and its times."""
        return tuple(self._late.values())

    def perceive(self) -> tuple[Percept, ...]:
        """Return the world's observations since the last call.

        Those about objects that are not of the scene are dropped: a detector may see anything. So
        are those that are older than what their source told about the same fact before.
        """
        self._require_same_scene()
        percepts = map(self._sound, self._code.items("perceive", of="Percepts"))
        fitting = tuple(
            percept for percept in percepts if self._fits(percept) and self._is_newest(percept)
        )
        latest = max(fitting, key=lambda percept: percept.time_s, default=None)
        now_s = self._now_s()
        if latest is not None and latest.time_s > now_s + FUTURE_S:
            problem = f"'{latest}' of {latest.time_s:g} s, and it is {now_s:g} s"
            hint = "take times from context.clock, which counts from the begin of the run"
            self._code.refuse("perceive", f"{problem}\n  hint: {hint}")
        return fitting

    def advance(self, to_s: float) -> None:
        """Advance the world to a run time, in seconds."""
        self._code.call("advance", to_s)

    def next_event_s(self) -> float | None:
        """Return the run time of the world's next event; None if it knows of none."""
        told = self._code.call("next_event_s")
        if told is None or (type(told) is float and told == float("inf")):
            return None
        time_s = finite_number(told)
        if time_s is None or time_s < 0.0:
            what = "which is neither None nor a run time in seconds, 0 or more"
            self._code.refuse("next_event_s", f"{shown(told)}, {what}")
        return time_s

    def place_of(self, method: str) -> str:
        """Return the line that defines a method: ``mine.py:14 in perceive``; else empty."""
        return self._code.record_of(method).place

    def sample(self) -> str | None:
        """Return the world's sample as JSON; None if it is not sampled for every run."""
        if not isinstance(self._world, Randomized):
            return None
        told = self._code.read("sample")
        try:
            return json.dumps(told, sort_keys=True)
        except Exception as error:  # whatever the encoder meets in it
            self._code.refuse("sample", f"{shown(told)}, which JSON cannot hold: {error}")

    def _sound(self, percept: Any) -> Percept:
        if isinstance(percept, Percept) and is_plain(percept):
            return percept
        problem = percept_problem(percept)
        if problem:
            self._code.refuse("perceive", problem)
        return plain_percept(percept)

    def _is_newest(self, percept: Percept) -> bool:
        """Return True if its source has told nothing newer about the fact."""
        key, time_s = (percept.fact, percept.source), percept.time_s
        before_s = self._told_s.get(key, time_s)
        if time_s >= before_s:
            self._told_s[key] = time_s
            return True
        problem = (
            f"it is of {time_s:.2f} s, and '{percept.source}' told it of {before_s:.2f} s before"
        )
        if before_s - time_s > BACK_S:
            hint = "was the clock of that sensor set back, or the simulator restarted?"
            self._code.refuse("perceive", f"'{percept}': {problem}\n  hint: {hint}")
        self._dropped.setdefault(f"time of {percept.source}", (str(percept), problem))
        self._late.setdefault(percept.source, f"'{percept}': {problem}")
        return False

    def _require_same_scene(self) -> None:
        """Raise `PluginError` if the world shows another scene than when it was opened."""
        if self._identified is None:
            return
        told = self._code.call("scene_id")
        if not isinstance(told, str):
            self._code.refuse("scene_id", f"{shown(told)}, which is no text")
        if self._scene_id is None:
            self._scene_id = told
        if told != self._scene_id:
            raise self._restarted(self._scene_id, told)

    def _restarted(self, before: str, now: str) -> PluginError:
        """Return the error of a world that shows another scene than when it was opened."""
        record = self._code.record_of("scene_id")
        place = f" (by {record.place})" if record.place else ""
        text = (
            f"world-restarted: world '{self._name}' showed {shown(before)}, and shows {shown(now)} "
            f"now{place}: what is believed of it is void\n"
            "  hint: open the robot again; the run can be resumed then"
        )
        restarted = record.model_copy(update={"type": "RestartedWorld"})
        return PluginError(f"world '{self._name}'", restarted, text=text)

    def _fits(self, percept: Percept) -> bool:
        """Return True if the scene and the domain have all names of a percept."""
        fact = percept.fact
        if fact in self._known:
            return True
        if fact in self._misfits:
            return False
        found = name_mismatch(fact, self._vocabulary)
        if found is None:
            self._known.add(fact)
            return True
        if found.code in _NAMES_AT_FAULT:
            hint = f"\n  hint: {found.hint}" if found.hint else ""
            self._code.refuse("perceive", f"'{fact}': {found.message}{hint}")
        if len(self._misfits) < MAX_MISFITS:
            self._misfits.add(fact)
            self._dropped.setdefault(found.word, (str(percept), found.message))
        return False


def blocked_world(subject: str, call: str, error: BlockedCall) -> PluginError:
    """Return the error of a call that was broken off, with the line where it waited."""
    record = error_record(error)
    place = f", at {record.place}" if record.place else ""
    text = (
        f"blocked-world: {subject} had not returned from {call} in time and was broken off{place}\n"
        "  hint: perceive(), advance() and next_event_s() return at once: wait in a thread of the "
        "driver; 'opening' and 'silence' in treehand.yaml are the limits"
    )
    return PluginError(subject, record, text=text)


class Undisturbed:
    """Faults of a world that has none of its own: none is accepted.

    Args:
        name: Name of the world, for messages.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    @property
    def disturbances(self) -> Mapping[str, str]:
        """No kinds of faults."""
        return {}

    def validate(self, disturbance: Disturbance) -> None:
        """Raise `ValueError`: the world takes no faults."""
        raise ValueError(
            f"world '{self._name}' has no inject(), so it takes no '{disturbance.kind}'; "
            "in every world a skill takes fail(code) and hang, the process process-killed"
        )

    def inject(self, disturbance: Disturbance) -> None:
        """Raise `ValueError` as `validate` does."""
        self.validate(disturbance)

    def triggered(self) -> Sequence[Disturbance]:
        """Return no faults."""
        return ()


class CheckedFaults:
    """Calls the faults of a world, as `CheckedWorld` does.

    Args:
        world: The world.
        name: Its name, for messages.
    """

    def __init__(self, world: Disturbable, name: str) -> None:
        self._code = _PluggedCode(world, f"world '{name}'")

    @property
    def disturbances(self) -> Mapping[str, str]:
        """Kinds of faults that `inject` accepts, with a description of each."""
        told = self._code.read("disturbances")
        if not isinstance(told, Mapping) or not all(isinstance(one, str) for one in told):
            self._code.refuse("disturbances", f"{shown(told)}, which is no mapping of names")
        return told

    def validate(self, disturbance: Disturbance) -> None:
        """Raise `ValueError` if `inject` would not accept the disturbance."""
        self._code.call("validate", disturbance, passing=ValueError)

    def inject(self, disturbance: Disturbance) -> None:
        """Make a fault pending."""
        self._code.call("inject", disturbance)

    def triggered(self) -> Sequence[Disturbance]:
        """Return the faults that have taken effect so far."""
        return self._code.items("triggered", of="Disturbances")


class _PluggedCode:
    """Members of an object of other people's code, and errors that name it."""

    def __init__(self, thing: object, subject: str, watch: CallWatch | None = None) -> None:
        self._thing = thing
        self._subject = subject
        self._watch = watch or CallWatch()

    def call(
        self, method: str, *arguments: object, passing: type[Exception] | tuple[()] = ()
    ) -> Any:
        """Call a method and return its answer."""
        try:
            with self._watch.inside(f"{method}()"):
                told = getattr(self._thing, method)(*arguments)
        except passing:
            raise
        except BaseException as error:  # a `sys.exit` of a driver, too
            self._raise(method, error)
        if isinstance(told, Coroutine | AsyncGenerator):
            self._refuse_async(method, told)
        return told

    def items(self, method: str, *, of: str) -> tuple[Any, ...]:
        """Call a method and return the items of its answer.

        The code of a generator runs while its items are taken, so this is watched like the call.
        """
        told = self.call(method)
        if not isinstance(told, Iterable) or isinstance(told, str | bytes):
            self.refuse(method, f"{shown(told)}, which holds no {of}")
        try:
            with self._watch.inside(f"{method}()"):
                items = tuple(islice(told, MAX_ITEMS + 1))
        except BaseException as error:
            self._raise(method, error)
        if len(items) > MAX_ITEMS:
            self.refuse(method, f"more than {MAX_ITEMS} {of} at once: does it ever end?")
        return items

    def read(self, attribute: str) -> Any:
        """Return the value of an attribute or property."""
        try:
            return getattr(self._thing, attribute)
        except BaseException as error:
            raise_plugin_error(self._subject, error)

    def _raise(self, method: str, error: BaseException) -> NoReturn:
        """Raise the `PluginError` for what a call has raised."""
        if isinstance(error, BlockedCall):
            raise blocked_world(self._subject, f"{method}()", error) from error
        raise_plugin_error(self._subject, error, called=getattr(self._thing, method, None))

    def _refuse_async(self, method: str, told: object) -> NoReturn:
        """Raise `PluginError` because a method is async: its code has not run, and never would."""
        if isinstance(told, Coroutine):
            told.close()  # else Python warns that nobody has awaited it
        hint = "write def; run async code in a thread of the driver, with a loop of its own"
        self.refuse(method, f"a coroutine: it is async, and nothing awaits it\n  hint: {hint}")

    def refuse(self, member: str, problem: str) -> NoReturn:
        """Raise `PluginError` because a member has a wrong value."""
        raise PluginError(self._subject, self.record_of(member, f"{member} returned {problem}"))

    def record_of(self, member: str, problem: str = "") -> ErrorRecord:
        """Return the record of an error at the line that defines a member."""
        return error_record(ContractError(problem, self._code_of(member)))

    def _code_of(self, member: str) -> CodeType | None:
        static: Any = vars(self._thing).get(member) if hasattr(self._thing, "__dict__") else None
        found = static if static is not None else getattr(type(self._thing), member, None)
        function: Callable[..., object] | None = getattr(found, "fget", found)
        code = getattr(function, "__code__", None)
        return code if isinstance(code, CodeType) else None
