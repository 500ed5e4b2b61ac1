"""Presets of domain randomization in a file: what is drawn for a run, and within which bounds."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from treehand.core.errors import InputError, near
from treehand.core.keyed_random import KeyedRandom
from treehand.core.spans import Span
from treehand.documents import composer
from treehand.documents.reader import read_text

DOC = "doc"
"""Key of a preset's description."""


class PresetFile(Mapping[str, str]):
    """Presets of a YAML file, each with its description, as ``@world(presets=…)`` takes them.

        held-out:
          doc: a hand that sways
          sway_m: [0.01, 0.04]
          families: [cup, recess]

    Args:
        path: The file.

    Raises:
        InputError: If it cannot be read, is no YAML, or a preset is no mapping with a ``doc``.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        data, findings = composer.compose(read_text(path), file=str(path))
        if findings or data is None:
            raise InputError(findings)
        self._presets: dict[str, composer.Mapping] = {}
        for name, given in data.items():
            if not isinstance(given, composer.Mapping) or not isinstance(given.get(DOC), str):
                message = f"preset '{name}' has no '{DOC}'"
                hint = "write a description, and below it what is drawn: name: [least, most]"
                raise InputError.of("wrong-preset", message, span=data.keys_at[name], hint=hint)
            self._presets[name] = given

    def __getitem__(self, name: str) -> str:
        return str(self._presets[name][DOC])

    def __iter__(self) -> Iterator[str]:
        return iter(self._presets)

    def __len__(self) -> int:
        return len(self._presets)

    def preset(
        self,
        name: str,
        *,
        numbers: Iterable[str],
        choices: Mapping[str, Iterable[str]] | None = None,
    ) -> PresetRanges:
        """Return a preset.

        Args:
            name: Its name.
            numbers: What is drawn from a range; a preset has all of it.
            choices: Keys that list names, each with the names that are known.

        Raises:
            InputError: If there is no such preset, a key is missing or unknown, a range is none, or
                a name is unknown.
        """
        if name not in self._presets:
            hint = near(name, self._presets, what="presets")
            message = f"'{self.path}' has no preset '{name}'"
            raise InputError.of("unknown-preset", message, hint=hint)
        given = self._presets[name]
        known = {DOC, *(numbers := tuple(numbers)), *(choices := dict(choices or {}))}
        for key in sorted(given.keys() - known):
            hint = near(key, known, what="known keys")
            message = f"unknown key '{key}'"
            raise InputError.of("unknown-key", message, span=given.keys_at[key], hint=hint)
        for key in sorted(known - given.keys()):
            message = f"'{key}' of preset '{name}' is missing"
            raise InputError.of("missing-key", message, span=given.span)
        ranges = {key: _range(given, key) for key in numbers}
        names = {key: _names(given, key, tuple(of)) for key, of in choices.items()}
        return PresetRanges(name, ranges, names, given.values_at)


class PresetRanges:
    """Ranges and names of one preset, from which a run draws.

    Args:
        name: Its name.
        ranges: Name to least and greatest number.
        names: Key to the names among which is chosen.
        places: Key to its place in the file.
    """

    def __init__(
        self,
        name: str,
        ranges: Mapping[str, tuple[float, float]],
        names: Mapping[str, tuple[str, ...]],
        places: Mapping[str, Span],
    ) -> None:
        self.name = name
        self.ranges = ranges
        self.names = names
        self._places = places

    def require(
        self,
        key: str,
        problem: str,
        *,
        least: float = -math.inf,
        most: float = math.inf,
        above: float = -math.inf,
    ) -> None:
        """Require that a range lies within bounds.

        Args:
            key: Name of the range.
            problem: What is impossible beyond them; ``{low}`` and ``{high}`` are the range's ends.
            least: Least number.
            most: Greatest number.
            above: Number that all of the range is above.

        Raises:
            InputError: If it does not.
        """
        low, high = self.ranges[key]
        if low >= least and high <= most and low > above:
            return
        bounds = [f"above {above:g}"] if above > -math.inf else []
        bounds += [f"at least {least:g}"] if least > -math.inf else []
        bounds += [f"at most {most:g}"] if most < math.inf else []
        hint = f"'{key}' is {' and '.join(bounds)}"
        raise self.impossible(key, problem.format(low=f"{low:g}", high=f"{high:g}"), hint)

    def impossible(self, key: str, problem: str, hint: str) -> InputError:
        """Return the error that a key asks for what cannot be."""
        message = f"preset '{self.name}' is impossible: {problem}"
        return InputError.of("impossible-preset", message, span=self._places.get(key), hint=hint)

    def drawn(self, random: KeyedRandom) -> dict[str, float]:
        """Return a number of each range, drawn evenly by its name.

        Args:
            random: Random numbers of the run, such as ``context.random.under("my world")``.
        """
        return {
            name: low + (high - low) * random.uniform(name)
            for name, (low, high) in self.ranges.items()
        }


def _range(given: composer.Mapping, key: str) -> tuple[float, float]:
    value = given[key]
    pair = value if isinstance(value, list) else [value, value]
    if len(pair) != 2 or not all(map(_is_number, pair)) or pair[0] > pair[1]:
        message = f"'{key}' is no range: {value}"
        place, hint = given.values_at[key], "write [least, most]"
        raise InputError.of("impossible-preset", message, span=place, hint=hint)
    return float(pair[0]), float(pair[1])


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _names(given: composer.Mapping, key: str, known: tuple[str, ...]) -> tuple[str, ...]:
    value = given[key]
    if not isinstance(value, list) or not value or not set(map(str, value)) <= set(known):
        message = f"'{key}' is {value}"
        place, hint = given.values_at[key], f"some of: {', '.join(known)}"
        raise InputError.of("impossible-preset", message, span=place, hint=hint)
    return tuple(map(str, value))
