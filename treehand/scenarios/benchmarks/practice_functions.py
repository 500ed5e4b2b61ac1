"""Functions of a task's practice: loaded from its folder, called, and their results checked."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import CodeType
from typing import Any, NoReturn

import numpy as np

from treehand.core.error_record import PluginError, error_record, raise_plugin_error
from treehand.core.errors import ContractError, Finding, InputError
from treehand.core.keyed_random import KeyedRandom
from treehand.core.source.declarations import declaration_at
from treehand.orchestrator.config.class_contracts import function_findings
from treehand.orchestrator.config.world_choice import told_at
from treehand.scenarios.benchmarks.benchmark_file import TaskPractice
from treehand.skills import LearnedPart, PracticeTrial, World, load_function

_TAKES = {"trials": ("world", "weights", "random"), "train": ("worlds",)}
_METHODS = ("write", "figures")

WorldTrials = Sequence[PracticeTrial]
"""Trials of one world."""


def practice_findings(practice: TaskPractice, folder: Path) -> Iterator[Finding]:
    """Yield what is wrong with the functions of a practice, as far as their source tells.

    Args:
        practice: Section of the benchmark file.
        folder: Folder of the file.
    """
    for key, arguments in _TAKES.items():
        try:
            with told_at(practice.span(key)):
                found = declaration_at(getattr(practice, key), folder, missing="not-a-function")
        except InputError as error:
            yield from error.findings
            continue
        if found is not None:
            what = f"the function of '{key}'"
            yield from function_findings(found, arguments, "wrong-practice", what)


class PracticeFunctions:
    """Functions that a task practises with.

    Args:
        practice: Section of the benchmark file.
        folder: Folder of the file.

    Raises:
        InputError: If a function cannot be imported, or takes other arguments.
    """

    def __init__(self, practice: TaskPractice, folder: Path) -> None:
        findings = list(practice_findings(practice, folder))
        if findings:
            raise InputError(findings)
        self._practice = practice
        self._functions: dict[str, Callable[..., Any]] = {}
        for key in _TAKES:
            with told_at(practice.span(key)):
                self._functions[key] = load_function(getattr(practice, key), folder=folder)
        self._numbers_n: int | None = None

    def trials(self, world: World, weights: Path | None, seed: int) -> list[PracticeTrial]:
        """Return the trials of a drawn world.

        Raises:
            PluginError: If the function raises, or gives something else.
        """
        random = KeyedRandom(seed, "practice").generator("trials")
        found: list[PracticeTrial] = self._called(
            "trials", lambda make: list(make(world, weights, random))
        )
        for one in found:
            self._require_trial(one)
        return found

    def train(self, worlds: Sequence[WorldTrials]) -> LearnedPart:
        """Return the part that was trained on the trials of some worlds.

        Raises:
            PluginError: If the function raises, or gives something else.
        """
        part: LearnedPart = self._called("train", lambda train: train(worlds))
        for name in _METHODS:
            if not callable(getattr(part, name, None)):
                self._refuse("train", f"{type(part).__name__} has no {name}()", "LearnedPart")
        return part

    def figures(self, part: LearnedPart, worlds: Sequence[WorldTrials]) -> dict[str, float]:
        """Return the figures of a trained part on held-out trials.

        Raises:
            PluginError: If it raises, or gives something else.
        """
        found = self._called("train", lambda _: part.figures(worlds))
        is_sound = isinstance(found, Mapping) and bool(found)
        if not is_sound or not all(_is_figure(name, value) for name, value in found.items()):
            self._refuse("train", "figures() gives no finite numbers by name", "a dict of floats")
        return {name: float(value) for name, value in found.items()}

    def write(self, part: LearnedPart, path: Path) -> None:
        """Let a trained part write its weights.

        Raises:
            PluginError: If it raises, or leaves no file there.
            OSError: If the file cannot be written.
        """
        try:
            part.write(path)
        except OSError:
            raise
        except BaseException as error:  # a `sys.exit` of other people's code, too
            raise_plugin_error(self._subject("train"), error)
        if not path.is_file():
            self._refuse("train", "write() made no file of the name that it was given", "one file")

    def _called(self, key: str, use: Callable[[Callable[..., Any]], Any]) -> Any:
        function = self._functions[key]
        try:
            return use(function)
        except BaseException as error:  # a `sys.exit` of other people's code, too
            raise_plugin_error(self._subject(key), error, called=function)

    def _require_trial(self, one: object) -> None:
        if not isinstance(one, PracticeTrial):
            self._refuse("trials", f"a {type(one).__name__} is no trial", "PracticeTrial objects")
        numbers = np.asarray(one.numbers, dtype=float)
        count = numbers.size if self._numbers_n is None else self._numbers_n
        if not isinstance(one.outcome, str) or not one.outcome:
            self._refuse("trials", f"{one.outcome!r} is no outcome", "a word, such as lifted")
        if numbers.shape != (count,) or not np.isfinite(numbers).all():
            told = f"numbers of shape {numbers.shape} beside {count}"
            self._refuse("trials", told, "as many finite numbers in every trial")
        self._numbers_n = count

    def _subject(self, key: str) -> str:
        return f"{key} '{getattr(self._practice, key)}'"

    def _refuse(self, key: str, problem: str, wanted: str) -> NoReturn:
        code = getattr(self._functions[key], "__code__", None)
        text = f"wrong-practice: {problem}\n  hint: give {wanted}"
        place = code if isinstance(code, CodeType) else None
        raise PluginError(self._subject(key), error_record(ContractError(text, place)))


def _is_figure(name: object, value: object) -> bool:
    is_number = isinstance(value, int | float | np.floating | np.integer)
    return isinstance(name, str) and is_number and math.isfinite(value)  # type: ignore[arg-type]
