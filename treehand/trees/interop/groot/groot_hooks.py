"""Hooks of Groot2 on the nodes of a running tree: breakpoints, and replaced results.

A breakpoint holds the node, and never the thread that ticks. Source: ``Monitor::Hook`` and
``Groot2Publisher`` of BehaviorTree.CPP.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar

from py_trees.common import Status
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from treehand.trees.assembly.compiler import CompiledTree
from treehand.trees.engine.hooks import set_hook
from treehand.trees.interop.groot.groot_messages import WrongRequest

BEFORE, AFTER = 0, 1
BREAKPOINT, REPLACE = 0, 1
_RESULTS = {"SUCCESS": Status.SUCCESS, "FAILURE": Status.FAILURE}
_REPLACING = "a result may be replaced in a simulated world only"
_UNKNOWN = "Node ID not found"
MAX_HOOKS = 10_000

T = TypeVar("T", bound=BaseModel)
GrootResult = Literal["SUCCESS", "FAILURE", "SKIPPED", "RUNNING", "IDLE"]


class HookListener(Protocol):
    """Learns of hooks that take effect; called in the thread that ticks, or that serves."""

    def reached(self, path: str) -> None:
        """A breakpoint holds the node at a path."""
        ...

    def released(self) -> None:
        """A breakpoint lets its node go on."""
        ...

    def replaced(self, path: str, result: str) -> None:
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


class _Hook:
    """One hook and the state of its breakpoint."""

    def __init__(self, record: HookRecord) -> None:
        self.record = record
        self.is_reached = False
        """True while its node is held."""
        self.is_ready = False
        """True once the breakpoint was unlocked."""


class GrootHooks:
    """All hooks of a tree, by position and uid; callable from any thread.

    Args:
        listener: Learns of what takes effect.
        may_replace: False refuses hooks that put a result in the place of a node's own.
    """

    def __init__(self, listener: HookListener, *, may_replace: bool) -> None:
        self._listener = listener
        self._may_replace = may_replace
        self._lock = threading.RLock()
        self._hooks: dict[tuple[int, str], _Hook] = {}
        self._uids: Mapping[str, int] = {}
        self._compiled: CompiledTree | None = None

    def follow(self, compiled: CompiledTree, uids: Mapping[str, int]) -> None:
        """Take in the tree that runs now, and the uids of its nodes; hooks stay at their paths."""
        with self._lock:
            self._compiled, self._uids = compiled, uids
            for _, path in list(self._hooks):
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
            if len(self._hooks) + len(records) > MAX_HOOKS:
                raise WrongRequest(f"there are more than {MAX_HOOKS} hooks")
            for record in records:
                path = paths.get(record.uid)
                if path is None:
                    continue
                known = self._hooks.get((record.position, path))
                if known is None:
                    self._hooks[record.position, path] = _Hook(record)
                else:
                    known.record = record
                    if known.is_reached and record.mode == REPLACE:
                        self._release(known)
                self._attach(path)

    def remove(self, text: bytes) -> None:
        """Remove a hook; its node goes on.

        Raises:
            WrongRequest: If there is none.
        """
        given = _read(_Position, text)
        with self._lock:
            hook = self._hooks.pop((given.position, self._path(given.uid) or ""), None)
            if hook is None:
                raise WrongRequest(_UNKNOWN)
            self._let_go(hook)

    def unlock(self, text: bytes) -> None:
        """Let a node go on that a breakpoint holds, or will hold next.

        Raises:
            WrongRequest: If there is no such breakpoint, or its node would get a result.
        """
        given = _read(_Unlock, text)
        with self._lock:
            hook = self._hooks.get((given.position, self._path(given.uid) or ""))
            if hook is None:
                raise WrongRequest(_UNKNOWN)
            self._require_allowed(False, given.desired_status)
            once = hook.record.once or given.remove_when_done
            status = given.desired_status
            hook.record = hook.record.model_copy(update={"desired_status": status, "once": once})
            self._release(hook)

    def clear(self) -> None:
        """Remove all hooks; every node goes on."""
        with self._lock:
            hooks, self._hooks = list(self._hooks.values()), {}
            for hook in hooks:
                self._let_go(hook)

    def enable_all(self, is_enabled: bool) -> None:
        """Enable or disable all hooks; nodes that are held by a disabled one go on."""
        with self._lock:
            for hook in self._hooks.values():
                hook.record = hook.record.model_copy(update={"enabled": is_enabled})
                if not is_enabled:
                    self._let_go(hook)

    def dump(self) -> list[HookRecord]:
        """Return all hooks, the newest first."""
        with self._lock:
            return [hook.record for hook in reversed(self._hooks.values())]

    def decide(self, path: str, position: int) -> Status | None:
        """Return the status that a hook gives to the node at a path; None if it gives none."""
        with self._lock:
            hook = self._hooks.get((position, path))
            if hook is None or not hook.record.enabled:
                return None
            if hook.record.mode == BREAKPOINT and not hook.is_ready:
                if not hook.is_reached:
                    hook.is_reached = True
                    self._listener.reached(path)
                return Status.RUNNING
            hook.is_ready = hook.is_reached = False
            if hook.record.once:
                del self._hooks[position, path]
            status = hook.record.desired_status
        result = _RESULTS.get(status)
        if result is not None:
            self._listener.replaced(path, status)
        return result

    @property
    def is_holding(self) -> bool:
        """Return True if a breakpoint holds a node."""
        with self._lock:
            return any(hook.is_reached and not hook.is_ready for hook in self._hooks.values())

    def _path(self, uid: int) -> str | None:
        return next((path for path, one in self._uids.items() if one == uid), None)

    def _attach(self, path: str) -> None:
        view = self._compiled.nodes.get(path) if self._compiled is not None else None
        if view is not None:
            set_hook(view.behaviour, _AtNode(self, path))

    def _require_allowed(self, replaces: bool, status: str) -> None:
        if not self._may_replace and (replaces or status in _RESULTS):
            raise WrongRequest(_REPLACING)

    def _release(self, hook: _Hook) -> None:
        hook.is_ready = True
        self._listener.released()

    def _let_go(self, hook: _Hook) -> None:
        if hook.is_reached:
            hook.is_reached = False
            self._listener.released()


@dataclass(frozen=True)
class _AtNode:
    """Asks the table for one node."""

    table: GrootHooks
    path: str

    def before(self) -> Status | None:
        return self.table.decide(self.path, BEFORE)

    def after(self) -> Status | None:
        return self.table.decide(self.path, AFTER)

    def halted(self) -> None:
        pass


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
