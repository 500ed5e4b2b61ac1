"""Proxy of a robot: reading is free, everything else passes a command gate.

A robot may offer more than the embodiment's four methods: `robot.press(lamp)`,
`robot.arms["left"].move_to(pose)`, the client of somebody else's library as an attribute. So every
call is gated, wherever it was found, unless the robot's class declares the attribute a reading:

    class Bench:
        READINGS = ("door_angle_rad", "tracker")  # attributes that command nothing

Values (numbers, texts, arrays, collections and frozen records of them) come out as they are;
functions, generators, modules and other objects come out as proxies. So does a record or collection
whose class has methods of its own: `gripper.close()` needs no more than the text of an address. A
declared reading comes out as it is. A method named `stop` always passes.
"""

from __future__ import annotations

import dataclasses
import functools
import sys
import types
from collections.abc import Callable, Generator, Hashable, Iterator
from enum import Enum
from pathlib import PurePath
from typing import Any, Protocol, cast

import numpy as np
from pydantic import BaseModel

READINGS = ("proprioception", "frames", "readings", "spec", "kinematics")
"""Attributes of every embodiment that command nothing."""
STOP = "stop"

_ATOMS = (
    *(type(None), bool, int, float, complex, str, bytes, bytearray, memoryview, range, slice, type),
    *(Enum, BaseException, PurePath, np.generic),
)
_PLAIN_MODULES = frozenset(
    {"_thread", "threading", "logging", "datetime", "decimal", "fractions", "re", "uuid"}
)
"""Modules whose objects command nothing: a lock must be released after a stop, too."""
_ARITHMETIC = ("__array__", "__array_interface__", "__dlpack__", "__add__", "__mul__", "__matmul__")
"""Methods of values: tensors, pictures, poses and rotations of other libraries."""
_VALUE_PACKAGES = frozenset({*sys.stdlib_module_names, "numpy", "pydantic", "treehand"})
"""Packages whose records and collections command nothing, whatever methods they have."""
_FUNCTIONS = (
    types.FunctionType,
    types.MethodType,
    types.BuiltinFunctionType,
    types.MethodWrapperType,
    functools.partial,
)
_DEPTH = 6
"""Depth to which collections and records are searched for other things than values."""
_READING_METHODS = (
    *("__len__", "__getitem__", "__contains__", "__iter__", "__reversed__", "__bool__"),
    *("__int__", "__float__", "__index__", "__lt__", "__le__", "__gt__", "__ge__", "__exit__"),
)
_COMMANDING_METHODS = (
    *("__call__", "__setitem__", "__delitem__", "__enter__"),
    *("__await__", "__aenter__", "__aexit__", "__aiter__", "__anext__"),
    *("__lshift__", "__rshift__", "__or__", "__and__", "__xor__", "__neg__", "__invert__"),
    *("__ilshift__", "__irshift__", "__ior__", "__iand__", "__ixor__"),
)


class Gate(Protocol):
    """Decides on each command."""

    def begin(self, command: str) -> None:
        """Let a command through, which ends with `end`; raise if it must not be sent."""
        ...

    def end(self, command: str) -> None:
        """Take in that a command has returned."""
        ...


def gated(robot: object, gate: Gate) -> Any:
    """Return a robot whose commands pass a gate; `isinstance` sees the robot's own class."""
    names = frozenset(name for name in dir(robot) if not name.startswith("_"))
    return _proxy(robot, gate, "", names)


def is_value(thing: object, depth: int = _DEPTH) -> bool:
    """Return True if nothing can be commanded through a thing."""
    if isinstance(thing, _ATOMS) or type(thing).__module__ in _PLAIN_MODULES or not depth:
        return True
    kind: Any = type(thing)
    if _has_methods(kind):
        return _is_arithmetic(thing) and not isinstance(thing, list | tuple | set | dict)
    if isinstance(thing, list | tuple | set | frozenset):
        return all(is_value(one, depth - 1) for one in thing)
    if isinstance(thing, np.ndarray):
        return not thing.dtype.hasobject or all(is_value(one, depth - 1) for one in thing.flat)
    if isinstance(thing, dict | types.MappingProxyType):
        return all(is_value(one, depth - 1) for one in thing.values())
    params = getattr(type(thing), "__dataclass_params__", None)
    if params is not None and params.frozen and dataclasses.is_dataclass(thing):
        fields = (getattr(thing, field.name, None) for field in dataclasses.fields(thing))
        return all(is_value(one, depth - 1) for one in fields)
    return isinstance(thing, BaseModel) or _is_arithmetic(thing)


def _is_arithmetic(thing: object) -> bool:
    return any(hasattr(type(thing), name) for name in _ARITHMETIC)


@functools.lru_cache(maxsize=1024)
def _has_methods(kind: Any) -> bool:
    """Return True if a class, or one it is derived from, has public methods of its own."""
    theirs = (one for one in kind.__mro__ if one.__module__.split(".")[0] not in _VALUE_PACKAGES)
    return any(
        isinstance(value, types.FunctionType) and not name.startswith("_")
        for one in theirs
        for name, value in vars(one).items()
    )


class _GatedObject:
    """A robot, or a part of one."""

    __slots__ = ("__weakref__", "_gate_of_robot", "_gated_path", "_gated_thing")

    def __getattr__(self, name: str) -> Any:
        return _get(self, name)

    def __setattr__(self, name: str, value: object) -> None:
        thing, gate, path = _parts(self)
        with _command(gate, f"{_joined(path, name)} = …"):
            setattr(thing, name, _raw(value))

    def __delattr__(self, name: str) -> None:
        thing, gate, path = _parts(self)
        with _command(gate, f"del {_joined(path, name)}"):
            delattr(thing, name)

    @property  # type: ignore[misc]  # so that `isinstance` sees the robot's class
    def __class__(self) -> Any:
        return type(_raw(self))

    def __eq__(self, other: object) -> bool:
        return bool(_raw(self) == _raw(other))

    def __hash__(self) -> int:
        return hash(_raw(self))

    def __repr__(self) -> str:
        return repr(_raw(self))

    def __str__(self) -> str:
        return str(_raw(self))

    def __format__(self, spec: str) -> str:
        return format(_raw(self), spec)

    def __dir__(self) -> list[str]:
        return dir(_raw(self))

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise TypeError("a robot behind a command gate cannot be copied or pickled")


class _GatedSteps(Generator[Any, Any, Any]):
    """A motion in steps: a generator, or a coroutine, of the robot; each step is a command."""

    def __init__(self, steps: Any, gate: Gate, path: str) -> None:
        self._steps, self._gate, self._path = steps, gate, path

    def send(self, value: Any) -> Any:
        """Go on to the next pause; raises `CommandRefused` if the gate is shut."""
        try:
            with _command(self._gate, self._path):
                told = self._steps.send(_raw(value))
        except StopIteration as end:
            raise StopIteration(_admitted(end.value, self._gate, self._path)) from None
        return _admitted(told, self._gate, self._path)

    def throw(self, *error: Any) -> Any:
        """Raise an exception where the motion pauses: that is how it is broken off."""
        return _admitted(self._steps.throw(*error), self._gate, self._path)

    def close(self) -> None:
        """Break the motion off."""
        self._steps.close()

    def __await__(self) -> Any:
        return self


class _GatedIterator(Iterator[Any]):
    """Other iteration over things of the robot."""

    def __init__(self, inner: Any, gate: Gate, path: str) -> None:
        self._inner, self._gate, self._path = inner, gate, path
        self._is_of_collection = type(inner).__module__ == "builtins"

    def __next__(self) -> Any:
        if self._is_of_collection:
            return _admitted(next(self._inner), self._gate, self._path)
        with _command(self._gate, self._path):
            told = next(self._inner)
        return _admitted(told, self._gate, self._path)


class _command:  # a context manager, written as a class for its speed
    __slots__ = ("_gate", "_name")

    def __init__(self, gate: Gate, name: str) -> None:
        self._gate, self._name = gate, name

    def __enter__(self) -> None:
        self._gate.begin(self._name)

    def __exit__(self, *error: object) -> None:
        self._gate.end(self._name)


def _admitted(thing: Any, gate: Gate, path: str) -> Any:
    """Return a thing of the robot in the form in which a skill gets it."""
    if is_value(thing):
        return thing
    if isinstance(thing, _FUNCTIONS):
        return _gated_function(thing, gate, path)
    if isinstance(thing, Generator | types.CoroutineType):
        return _GatedSteps(thing, gate, path)
    if isinstance(thing, Iterator):
        return _GatedIterator(thing, gate, path)
    return _proxy(thing, gate, path, frozenset())


def _gated_function(function: Callable[..., Any], gate: Gate, path: str) -> Callable[..., Any]:
    def command(*args: Any, **kwargs: Any) -> Any:
        with _command(gate, path):
            told = function(
                *map(_raw, args), **{name: _raw(value) for name, value in kwargs.items()}
            )
        return _admitted(told, gate, path)

    command.__name__ = getattr(function, "__name__", path)
    command.__doc__ = function.__doc__
    return command


def _proxy(thing: Any, gate: Gate, path: str, names: frozenset[str]) -> Any:
    proxy: Any = object.__new__(_class_for(cast("Hashable", type(thing)), names))
    for slot, value in (("_gated_thing", thing), ("_gate_of_robot", gate), ("_gated_path", path)):
        object.__setattr__(proxy, slot, value)
    return proxy


@functools.lru_cache(maxsize=256)
def _class_for(kind: Any, names: frozenset[str]) -> type:
    """Return the class of proxies for things of a class.

    It has every attribute that the protocols may be asked for with `isinstance`, and the special
    methods, which Python looks up in the class.
    """
    body: dict[str, Any] = {name: property(functools.partial(_get, name=name)) for name in names}
    for name in (*_READING_METHODS, *_COMMANDING_METHODS):
        if getattr(kind, name, None) is not getattr(object, name, None):
            body[name] = _special(name, is_command=name in _COMMANDING_METHODS)
    return type(kind.__name__, (_GatedObject,), {"__slots__": (), **body})


def _special(name: str, *, is_command: bool) -> Callable[..., Any]:
    def method(proxy: Any, *args: Any, **kwargs: Any) -> Any:
        thing, gate, path = _parts(proxy)
        bound = functools.partial(getattr(type(thing), name), thing)
        if is_command:
            return _gated_function(bound, gate, path)(*args, **kwargs)
        where = f"{path}[{args[0]!r}]" if name == "__getitem__" else path
        return _admitted(bound(*map(_raw, args)), gate, where)

    return method


def _get(proxy: Any, name: str) -> Any:
    thing, gate, path = _parts(proxy)
    value = getattr(thing, name)
    is_reading = name in getattr(type(thing), "READINGS", ()) or (not path and name in READINGS)
    if not (is_reading or name == STOP):
        return _admitted(value, gate, _joined(path, name))
    return _free_function(value) if isinstance(value, types.MethodType) else value


def _free_function(method: Callable[..., Any]) -> Callable[..., Any]:
    """Return a method without the way from it to its object."""

    def call(*args: Any, **kwargs: Any) -> Any:
        return method(*args, **kwargs)

    return call


def _parts(proxy: Any) -> tuple[Any, Gate, str]:
    of = object.__getattribute__
    return of(proxy, "_gated_thing"), of(proxy, "_gate_of_robot"), of(proxy, "_gated_path")


def _raw(thing: Any) -> Any:
    """Return the thing behind a proxy; anything else as it is."""
    is_proxy = issubclass(type(thing), _GatedObject)
    return object.__getattribute__(thing, "_gated_thing") if is_proxy else thing


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
