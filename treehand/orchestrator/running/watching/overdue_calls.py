"""Overdue calls: skills and worlds that do not return are named while they do not."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType

from treehand.core.error_record import place_of_class, place_of_thread
from treehand.core.events import CallOverdue, CallReturned
from treehand.orchestrator.running.halting.activation_gates import ActivationGates
from treehand.orchestrator.running.world_model import WorldModel

LOOK_S = 0.1
"""Longest pause between two looks, in wall seconds."""


@dataclass(frozen=True)
class _CallUnderWay:
    subject: str
    path: str
    method: str
    since_s: float
    thread: int
    kind: type | None
    limit_s: float

    @property
    def key(self) -> tuple[str, float]:
        return self.subject, self.since_s


@dataclass(frozen=True)
class _ToldCall:
    call: _CallUnderWay
    next_s: float
    """Duration of the call at which it is told again."""


class OverdueCalls:
    """Tells of each call that takes longer than its limit, then after twice as long, and so on.

    Nothing is broken off: a skill may be moving the robot. Whoever reads it may stop the run. The
    run's thread, which such a call blocks, tells of its return.

    Args:
        world_model: World, settings and events.
        gates: Activations of skills.
        kept: Called after each event, from the thread that tells: writes it into the journal.
    """

    def __init__(
        self, world_model: WorldModel, gates: ActivationGates, kept: Callable[[], None]
    ) -> None:
        self._world_model = world_model
        self._gates = gates
        self._kept = kept
        self._limit_s = world_model.deployment.overdue_s
        self._told: dict[tuple[str, float], _ToldCall] = {}
        """Calls that were told of, and whose return was not."""
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._work, name="overdue calls", daemon=True)

    def __enter__(self) -> OverdueCalls:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._is_over.set()
        self._thread.join()
        with contextlib.suppress(Exception):  # the run's own error, or its end, is what counts
            self.tell_returned()

    def tell_returned(self) -> None:
        """Tell of each call that was overdue and has returned; from the run's thread."""
        if not self._told:
            return
        under_way = {one.key for one in self._calls()}
        for key, told in tuple(self._told.items()):
            if key in under_way:
                continue
            del self._told[key]
            one = told.call
            self._world_model.emit(
                CallReturned(
                    t_s=self._world_model.clock.now_s(),
                    subject=one.subject,
                    path=one.path,
                    method=one.method,
                    after_s=round(time.monotonic() - one.since_s, 1),
                )
            )

    def _work(self) -> None:
        while not self._is_over.wait(min(LOOK_S, self._limit_s / 4)):
            for one in list(self._calls()):
                self._look(one, time.monotonic() - one.since_s)

    def _look(self, one: _CallUnderWay, for_s: float) -> None:
        told = self._told.get(one.key)
        if for_s <= (told.next_s if told is not None else one.limit_s):
            return
        event = CallOverdue(
            t_s=self._world_model.clock.now_s(),
            subject=one.subject,
            path=one.path,
            method=one.method,
            for_s=round(for_s, 1),
            place=place_of_thread(one.thread),
            of=place_of_class(one.kind) if one.kind is not None else "",
        )
        with contextlib.suppress(Exception):  # a listener that raises must not end the watch
            self._world_model.emit(event)
            self._kept()
        self._told[one.key] = _ToldCall(one, 2.0 * for_s)  # after it: its return is told later

    def _calls(self) -> Iterator[_CallUnderWay]:
        """Yield the calls that have not returned: those of skills, else that of the world."""
        is_skill = False
        for activation, log in self._gates.calls():
            method, since_s, thread = log.inside, log.since_s, log.thread
            is_skill = True
            model = self._world_model.deployment.domain.skills.get(activation.call.name)
            own_s = model.timeout if model is not None else None
            limit_s = min(self._limit_s, own_s or self._limit_s)
            shown = method if " " in method else f"{method}()"
            yield _CallUnderWay(
                str(activation.call), activation.path, shown, since_s, thread, log.kind, limit_s
            )
        checked = self._world_model.checked
        call = checked.watch.under_way
        if call is not None and not is_skill:
            method, since_s, thread = call
            name = f"world '{self._world_model.deployment.kind.name}'"
            yield _CallUnderWay(name, "", method, since_s, thread, checked.kind, self._limit_s)
