"""A py_trees blackboard for every run.

py_trees keeps one blackboard for the whole process, in class attributes: two trees read each
other's values, and a key that a dead tree held exclusively stays locked. Our own nodes keep theirs
in `runtime.blackboard`; this module is for py_trees nodes of other people that run beside them.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from py_trees.blackboard import Blackboard

_PARTS = ("storage", "metadata", "clients")
_current: ContextVar[dict[str, dict[Any, Any]] | None] = ContextVar("blackboard", default=None)


class _Part(MutableMapping[Any, Any]):
    """One part of the blackboard: the present run's, or the process's outside of all runs."""

    def __init__(self, name: str, outside: dict[Any, Any]) -> None:
        self._name = name
        self._outside = outside

    def _here(self) -> dict[Any, Any]:
        current = _current.get()
        return self._outside if current is None else current[self._name]

    def __getitem__(self, key: Any) -> Any:
        return self._here()[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        self._here()[key] = value

    def __delitem__(self, key: Any) -> None:
        del self._here()[key]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._here())

    def __len__(self) -> int:
        return len(self._here())

    def __contains__(self, key: object) -> bool:
        return key in self._here()


@contextmanager
def own_blackboard() -> Iterator[None]:
    """Give py_trees nodes that are made and ticked inside a blackboard of their own.

    Threads that are started inside have it too if they run in a copy of the context
    (`contextvars.copy_context`).
    """
    for name in _PARTS:
        part = getattr(Blackboard, name)
        if not isinstance(part, _Part):
            setattr(Blackboard, name, _Part(name, part))
    token = _current.set({name: {} for name in _PARTS})
    try:
        yield
    finally:
        _current.reset(token)
