"""Objects that what serves a skill can act on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from types import MappingProxyType


@dataclass(frozen=True)
class ServedObjects:
    """Objects that the arguments of a skill may be, argument by argument."""

    of_arguments: tuple[frozenset[str] | None, ...] = ()
    """Objects of each argument; None, or no entry, for all."""

    def beyond(self, arguments: Sequence[str]) -> str:
        """Return the first argument that is not served and what is, in words; empty if none."""
        for argument, served in zip(arguments, self.of_arguments, strict=False):
            if served is not None and argument not in served:
                return f"{', '.join(sorted(served)) or 'nothing here'}, not on {argument}"
        return ""

    def by_parameter(self, params: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
        """Return the objects of each parameter that not all objects may be."""
        return MappingProxyType(
            {
                name: tuple(sorted(served))
                for name, served in zip(params, self.of_arguments, strict=False)
                if served is not None
            }
        )

    def __or__(self, other: ServedObjects) -> ServedObjects:
        """Return the objects that one or the other serves."""
        pairs = zip_longest(self.of_arguments, other.of_arguments)
        return ServedObjects(
            tuple(None if one is None or more is None else one | more for one, more in pairs)
        )


ANYTHING = ServedObjects()
"""All objects."""
