"""Counts of a robot's events since the server began, in the text format of Prometheus."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator

from treehand.core.events import (
    BaseEvent,
    ModelCalled,
    Replanned,
    Retried,
    RunEnded,
    RunStarted,
    SkillEnded,
)
from treehand.core.events.folds import Fold, on
from treehand.core.events.stop_events import Stopped

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
Labels = tuple[tuple[str, str], ...]

_HELP = {
    "treehand_events_total": "Events of the runs.",
    "treehand_runs_started_total": "Runs that began.",
    "treehand_runs_total": "Runs that ended, by outcome.",
    "treehand_skills_total": "Activations of skills that ended, by skill, result and failure code.",
    "treehand_retries_total": "Retries in a tree, by the failure code before.",
    "treehand_replans_total": "New plans during runs.",
    "treehand_stops_total": "Stops of the robot during runs.",
    "treehand_model_calls_total": "Calls of language models, by purpose, model and outcome.",
    "treehand_model_seconds_total": "Wall time of calls of language models, in seconds.",
    "treehand_model_tokens_total": "Tokens of language models, by direction.",
}


class LiveCounters(Fold):
    """Counters by name and labels; events come from one thread, and are read by another."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._values: defaultdict[tuple[str, Labels], float] = defaultdict(float)

    def take(self, event: BaseEvent) -> None:
        """Count an event."""
        with self._lock:
            self._add("treehand_events_total", 1)
            super().take(event)

    def text(self) -> str:
        """Return all counters in the text format, version 0.0.4."""
        with self._lock:
            values = dict(self._values)
        return "".join(f"{line}\n" for line in _lines(values))

    def _add(self, name: str, value: float, **labels: str) -> None:
        self._values[name, tuple(labels.items())] += value

    @on(RunStarted)
    def _run_started(self, event: RunStarted) -> None:
        self._add("treehand_runs_started_total", 1)

    @on(RunEnded)
    def _run_ended(self, event: RunEnded) -> None:
        self._add("treehand_runs_total", 1, outcome=event.outcome)

    @on(SkillEnded)
    def _skill_ended(self, event: SkillEnded) -> None:
        labels = {"skill": event.call.name, "result": event.result, "code": event.code or ""}
        self._add("treehand_skills_total", 1, **labels)

    @on(Retried)
    def _retried(self, event: Retried) -> None:
        self._add("treehand_retries_total", 1, code=event.code)

    @on(Replanned)
    def _replanned(self, event: Replanned) -> None:
        self._add("treehand_replans_total", 1)

    @on(Stopped)
    def _stopped(self, event: Stopped) -> None:
        self._add("treehand_stops_total", 1)

    @on(ModelCalled)
    def _model_called(self, event: ModelCalled) -> None:
        labels = {"purpose": event.purpose, "model": event.model, "outcome": event.outcome}
        self._add("treehand_model_calls_total", 1, **labels)
        self._add("treehand_model_seconds_total", event.latency_s, model=event.model)
        for way, count in (("in", event.tokens_in), ("out", event.tokens_out)):
            self._add("treehand_model_tokens_total", count or 0, model=event.model, direction=way)


def _lines(values: dict[tuple[str, Labels], float]) -> Iterator[str]:
    for name, told in _HELP.items():
        yield f"# HELP {name} {told}"
        yield f"# TYPE {name} counter"
        for (own, labels), value in sorted(values.items()):
            if own == name:
                yield f"{name}{_labels(labels)} {_number(value)}"


def _labels(labels: Iterable[tuple[str, str]]) -> str:
    pairs = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels)
    return f"{{{pairs}}}" if pairs else ""


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def _number(value: float) -> str:
    """Return a number with all its digits, as a count of millions needs them."""
    return str(int(value)) if value.is_integer() else repr(value)
