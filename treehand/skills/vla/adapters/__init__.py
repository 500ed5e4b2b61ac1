"""Policy adapters: the built-in one for each protocol, and those of other packages."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping
from importlib.metadata import entry_points
from typing import Any

from treehand.core.errors import InputError, MissingExtra, near
from treehand.core.plugins import load_entry_point
from treehand.skills.vla.contract.policy import PolicyFactory

__all__ = [
    "EXTRAS",
    "OWN",
    "SCHEMES",
    "adapter_names",
    "find_adapter",
    "missing_library",
]

POLICIES_ENTRY_POINTS = "treehand.policies"
"""Entry-point group of other packages' adapters; each entry names a `PolicyFactory`."""

BUILT_IN: Mapping[str, str] = {
    "openpi": "OpenpiPolicy",
    "groot": "GrootPolicy",
    "act": "ActPolicy",
    "lerobot": "LerobotPolicy",
    "torch": "TorchPolicy",
    "numpy": "NumpyPolicy",
}
"""Built-in adapters: name, which is also the module's name, to class name."""
NEEDS = {
    "openpi": ("websockets", "msgpack"),
    "groot": ("zmq", "msgpack"),
    "act": ("httpx", "json_numpy"),
    "lerobot": ("grpc", "torch", "msgpack"),
    "torch": ("torch", "safetensors"),
    "numpy": (),
}
"""Built-in adapter to the libraries that it needs."""
EXTRAS = {
    "openpi": "policies",
    "groot": "policies",
    "act": "policies",
    "lerobot": "lerobot",
    "torch": "vla",
}
"""Built-in adapter to the extra that installs those libraries."""
URL_SCHEMES = {
    "ws": "openpi",
    "wss": "openpi",
    "tcp": "groot",
    "grpc": "lerobot",
    "http": "act",
    "https": "act",
}
"""Scheme of a URL to the adapter that is assumed for it."""


def adapter_names() -> tuple[str, ...]:
    """Return the names of all adapters, sorted."""
    return tuple(
        sorted({*BUILT_IN, *(entry.name for entry in entry_points(group=POLICIES_ENTRY_POINTS))})
    )


def missing_library(name: str) -> str | None:
    """Return the first library that a built-in adapter lacks here; None if none is missing."""
    lacking = (one for one in NEEDS[name] if importlib.util.find_spec(one) is None)
    return next(lacking, None)


def find_adapter(name: str) -> PolicyFactory:
    """Return the adapter of that name; the library that it needs is loaded now.

    Raises:
        InputError: If there is no such adapter, or another package's adapter cannot be loaded.
        MissingExtra: If the library that it needs is not installed.
    """
    if name in BUILT_IN:
        library = missing_library(name)
        if library is not None:
            raise MissingExtra(f"{library}, for adapter '{name}',", EXTRAS[name])
        module = importlib.import_module(f"{__name__}.{name}")
        own: PolicyFactory = getattr(module, BUILT_IN[name])
        return own
    for entry in entry_points(group=POLICIES_ENTRY_POINTS):
        if entry.name == name:
            loaded: Any = load_entry_point(entry)
            factory: PolicyFactory = loaded
            return factory
    hint = near(name, adapter_names(), what="known adapters")
    raise InputError.of("unknown-adapter", f"unknown policy adapter '{name}'", hint=hint)
