"""Hooks of Groot2 on the nodes of a running tree: breakpoints, and replaced results.

Source: ``Monitor::Hook`` and ``Groot2Publisher`` of BehaviorTree.CPP.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar

from py_trees.common import Status
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from treehand.core.errors import InputError
from treehand.trees.assembly.breakpoints import Breakpoint, Breakpoints
from treehand.trees.assembly.compiler import CompiledTree
from treehand.trees.assembly.held_nodes import Moment, Place
from treehand.trees.engine.hooks import set_hook
from treehand.trees.interop.groot.groot_messages import WrongRequest

BY = "Groot2"
BREAKPOINT, REPLACE = 0, 1
_MOMENTS: tuple[Moment, Moment] = ("before", "after")
"""By position."""
_RESULTS = {"SUCCESS": Status.SUCCESS, "FAILURE": Status.FAILURE}
_REPLACING = "a result may be replaced in a simulated world only"
_UNKNOWN = "Node ID not found"
MAX_HOOKS = 10_000

T = TypeVar("T", bound=BaseModel)
GrootResult = Literal["SUCCESS", "FAILURE", "SKIPPED", "RUNNING", "IDLE"]


class ResultListener(Protocol):
    """Learns of results that hooks give; called in the thread that ticks."""

    def result_given(self, path: str, result: Status, by: str) -> None:
        """The result of the node at a path was replaced."""
        ...


class HookRecord(BaseModel):
    """One hook, with the keys of the protocol."""

    model_config = ConfigDict(extra="ignore", strict=True)

    enabled: bool
    uid: int = Field(ge=0, le=0xFFFF)
    mode: Literal[0, 1]
    once: bool
    desired_status: GrootResult
    position: Literal[0, 1]


class _Position(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    uid: int = Field(ge=0, le=0xFFFF)
    position: Literal[0, 1]


class _Unlock(_Position):
    desired_status: GrootResult
    remove_when_done: bool


_RECORDS: TypeAdapter[HookRecord | list[HookRecord]] = TypeAdapter(HookRecord | list[HookRecord])


class GrootHooks:
    """Hooks of a tree by position and uid; callable from any thread.

    A breakpoint is one of the robot's `Breakpoints`, whoever set it. What those do not know is kept
    here: replaced results, and breakpoints of Groot2 that are disabled.

    Args:
        points: Breakpoints of the robot.
        listener: Learns of replaced results.
        may_replace: False refuses hooks that put a result in the place of a node's own.
    """

    def __init__(self, points: Breakpoints, listener: ResultListener, *, may_replace: bool) -> None:
        self._points = points
        self._listener = listener
        self._may_replace = may_replace
        self._lock = threading.RLock()
        self._replacing: dict[Place, HookRecord] = {}
        self._disabled: dict[Place, HookRecord] = {}
        """Breakpoints of Groot2 that hold nothing now."""
        self._uids: Mapping[str, int] = {}
        self._compiled: CompiledTree | None = None

    def follow(self, compiled: CompiledTree, uids: Mapping[str, int]) -> None:
        """Take in the tree that runs now, and the uids of its nodes; hooks stay at their paths."""
        with self._lock:
            self._compiled, self._uids = compiled, uids
            for path, _ in list(self._replacing):
                self._attach(path)

    def insert(self, text: bytes) -> None:
        """Add one hook or a list of them, in JSON; those of nodes that do not exist are ignored.

        Raises:
            WrongRequest: If it is no hook, or one that is not allowed.
        """
        try:
            given = _RECORDS.validate_json(text)
        except ValidationError as error:
            raise WrongRequest(_problem(error)) from error
        records = given if isinstance(given, list) else [given]
        with self._lock:
            paths = {uid: path for path, uid in self._uids.items()}
            for record in records:
                self._require_allowed(record.mode == REPLACE, record.desired_status)
            if len(self._replacing) + len(self._disabled) + len(records) > MAX_HOOKS:
                raise WrongRequest(f"there are more than {MAX_HOOKS} hooks")
            for record in records:
                path = paths.get(record.uid)
                if path is not None:
                    self._insert(path, _MOMENTS[record.position], record)

    def _insert(self, path: str, moment: Moment, record: HookRecord) -> None:
        place = (path, moment)
        self._disabled.pop(place, None)
        if record.mode == BREAKPOINT:
            self._replacing.pop(place, None)
            self._set_point(path, moment, record)
            return
        self._withdraw(place, _RESULTS.get(record.desired_status))
        self._replacing[place] = record
        self._attach(path)

    def _set_point(self, path: str, moment: Moment, record: HookRecord) -> None:
        if not record.enabled:
            self._withdraw((path, moment))
            self._disabled[path, moment] = record
            return
        try:
            point = Breakpoint(path, moment, is_once=record.once, by=BY)
            if all(one != point or one.by == BY for one in self._points.points):
                self._points.add(point)
        except InputError as error:
            raise WrongRequest(error.findings[0].message) from error

    def remove(self, text: bytes) -> None:
        """Remove a hook, also one that somebody else set; its node goes on.

        Raises:
            WrongRequest: If there is none.
        """
        given = _read(_Position, text)
        with self._lock:
            place = self._place(given)
            known = (self._replacing.pop(place, None), self._disabled.pop(place, None))
            if not self._remove_points(place) and known == (None, None):
                raise WrongRequest(_UNKNOWN)
            self._points.release(*place, BY)

    def unlock(self, text: bytes) -> None:
        """Let a node go on that a breakpoint holds, or will hold next.

        Raises:
            WrongRequest: If there is no such breakpoint, or its node would get a result.
        """
        given = _read(_Unlock, text)
        with self._lock:
            place = self._place(given)
            is_held = any((one.path, one.moment) == place for one in self._points.held)
            known = self._disabled.get(place) or self._replacing.get(place)
            if not is_held and known is None and not self._fitting(place):
                raise WrongRequest(_UNKNOWN)
            self._require_allowed(False, given.desired_status)
            if given.remove_when_done:
                self._remove_points(place)
                self._disabled.pop(place, None)
            if place in self._replacing:
                self._replacing[place] = _unlocked(self._replacing[place], given)
            elif known is None:
                self._points.release(*place, BY, _RESULTS.get(given.desired_status))

    def clear(self, *, of_all: bool = True) -> None:
        """Remove all hooks; every node goes on.

        Args:
            of_all: False to leave breakpoints that somebody else set.
        """
        with self._lock:
            self._replacing.clear()
            self._disabled.clear()
            for point in self._points.points:
                if of_all or point.by == BY:
                    self._points.remove(point)
                    self._let_go(point)

    def enable_all(self, is_enabled: bool) -> None:
        """Enable or disable the hooks of Groot2; nodes that are held by a disabled one go on."""
        with self._lock:
            for place, record in self._replacing.items():
                self._replacing[place] = record.model_copy(update={"enabled": is_enabled})
            if is_enabled:
                for place, record in list(self._disabled.items()):
                    with contextlib.suppress(WrongRequest):  # there are too many: it stays disabled
                        self._set_point(*place, record.model_copy(update={"enabled": True}))
                        del self._disabled[place]
                return
            for point in self._points.points:
                if point.by == BY:
                    self._points.remove(point)
                    record = self._record(point.node, point.moment, is_once=point.is_once)
                    self._disabled[point.node, point.moment] = record.model_copy(
                        update={"enabled": False}
                    )
                    self._let_go(point)

    def dump(self) -> list[HookRecord]:
        """Return all hooks, the newest first; one for each node that a pattern fits."""
        with self._lock:
            found = {**self._disabled, **self._replacing}
            for point in self._points.points:
                fitting = [point.node] if point.node in self._uids else self._uids
                for path in fitting:
                    if point.fits(path):
                        record = self._record(path, point.moment, is_once=point.is_once)
                        found[path, point.moment] = record
            records = [
                record.model_copy(update={"uid": self._uids[path]})
                for (path, _), record in found.items()
                if path in self._uids
            ]
            return records[::-1]

    def decide(self, path: str, moment: Moment) -> Status | None:
        """Return the result that a hook gives to the node at a path; None if it gives none."""
        with self._lock:
            record = self._replacing.get((path, moment))
            if record is None or not record.enabled:
                return None
            if record.once:
                del self._replacing[path, moment]
        result = _RESULTS.get(record.desired_status)
        if result is not None:
            self._listener.result_given(path, result, BY)
        return result

    def _record(self, path: str, moment: Moment, *, is_once: bool) -> HookRecord:
        return HookRecord(
            enabled=True,
            uid=self._uids.get(path, 0),
            mode=0,
            once=is_once,
            desired_status="SKIPPED",
            position=0 if moment == "before" else 1,
        )

    def _place(self, given: _Position) -> Place:
        path = next((path for path, one in self._uids.items() if one == given.uid), "")
        return path, _MOMENTS[given.position]

    def _fitting(self, place: Place) -> list[Breakpoint]:
        return [one for one in self._points.points if one.concerns(*place)]

    def _remove_points(self, place: Place) -> bool:
        """Remove the breakpoints that hold a node; return False if none does."""
        return any([self._points.remove(one) for one in self._fitting(place)])

    def _withdraw(self, place: Place, result: Status | None = None) -> None:
        """Remove the breakpoint that Groot2 set at a node; the node goes on, with a result."""
        for point in self._points.points:
            if point.by == BY and (point.node, point.moment) == place:
                self._points.remove(point)
                self._let_go(point, result)

    def _let_go(self, removed: Breakpoint, result: Status | None = None) -> None:
        """Let the nodes go on that only a breakpoint held that was removed."""
        for held in self._points.held:
            place = (held.path, held.moment)
            if removed.concerns(*place) and not self._fitting(place):
                self._points.release(*place, BY, result)

    def _attach(self, path: str) -> None:
        view = self._compiled.nodes.get(path) if self._compiled is not None else None
        if view is not None:
            set_hook(view.behaviour, _AtNode(self, path))

    def _require_allowed(self, replaces: bool, status: str) -> None:
        if not self._may_replace and (replaces or status in _RESULTS):
            raise WrongRequest(_REPLACING)


@dataclass(frozen=True)
class _AtNode:
    """Asks the table for one node."""

    table: GrootHooks
    path: str

    def before(self) -> Status | None:
        return self.table.decide(self.path, "before")

    def after(self) -> Status | None:
        return self.table.decide(self.path, "after")

    def halted(self) -> None:
        pass


def _unlocked(record: HookRecord, given: _Unlock) -> HookRecord:
    once = record.once or given.remove_when_done
    return record.model_copy(update={"desired_status": given.desired_status, "once": once})


def _read(model: type[T], text: bytes) -> T:
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        raise WrongRequest(_problem(error)) from error


def _problem(error: ValidationError) -> str:
    """Return the first problem of a request, in one line."""
    first = error.errors(include_url=False, include_context=False)[0]
    where = ".".join(str(part) for part in _keys(first["loc"]))
    return f"wrong request: {where + ': ' if where else ''}{first['msg']}"


def _keys(location: tuple[int | str, ...]) -> Iterator[int | str]:
    """Yield the keys of a position without the names of the models that were tried."""
    for part in location:
        if isinstance(part, int) or part in (*HookRecord.model_fields, *_Unlock.model_fields):
            yield part
