"""The step that runs now, for a line at the bottom of the screen."""

from __future__ import annotations

import json
from collections.abc import Iterable

from treehand.core.events import Planned, SkillEnded, SkillNoted, SkillStarted
from treehand.core.events.folds import Fold, on
from treehand.core.literals import parse_call
from treehand.planners import Plan
from treehand.skills.domain import Call, Domain


def clock_text(seconds: float) -> str:
    """Return a duration as minutes and seconds: "2:12"."""
    minutes, rest = divmod(max(round(seconds), 0), 60)
    return f"{minutes}:{rest:02d}"


class Activity(Fold):
    """Current step of a run, its place among the steps of the plan, and the time that is left.

    Args:
        domain: Typical durations of the skills.
        plan: The plan that runs first, if it is known.
    """

    def __init__(self, domain: Domain, plan: Plan | None = None) -> None:
        self.step = ""
        """Empty between steps."""
        self.note = ""
        self._durations_s = {name: model.duration for name, model in domain.skills.items()}
        self._left: list[Call] = []
        self._scale = 1.0
        self._done = 0
        self._call: Call | None = None
        self._since_s = 0.0
        if plan is not None:
            self._take_steps(plan.steps, plan.estimates.duration_s)

    def line(self, now_s: float) -> str:
        """Return the place of the step, its call and the run time that is left.

        Args:
            now_s: Run time.
        """
        total = self._done + len(self._left)
        parts = [f"step {min(self._done + 1, total)}/{total}"] if total else []
        parts += [self.step] if self.step else []
        if self._left:
            parts.append(f"{clock_text(self.left_s(now_s))} left")
        return " · ".join(parts)

    @property
    def left(self) -> tuple[Call, ...]:
        """Return the steps of the plan that have not succeeded yet."""
        return tuple(self._left)

    def left_s(self, now_s: float) -> float:
        """Return the run time that is left, in seconds, if nothing fails."""
        left_s = sum(map(self._duration_s, self._left))
        if self._call is None or self._call not in self._left:
            return left_s
        return left_s - min(now_s - self._since_s, self._duration_s(self._call))

    def _duration_s(self, call: Call) -> float:
        return self._durations_s.get(call.name, 0.0) * self._scale

    def _take_steps(self, steps: Iterable[Call], duration_s: float) -> None:
        """Take in a plan's steps, with the time that all of them are expected to take."""
        self._left, self._scale = list(steps), 1.0
        typical_s = sum(map(self._duration_s, self._left))
        self._scale = duration_s / typical_s if typical_s and duration_s else 1.0

    @on(SkillStarted)
    def _skill_started(self, event: SkillStarted) -> None:
        again = f" (attempt {event.attempt})" if event.attempt > 1 else ""
        self.step, self.note = f"{event.call}{again}", ""
        self._call, self._since_s = event.call, event.t_s

    @on(SkillNoted)
    def _skill_noted(self, event: SkillNoted) -> None:
        self.note = event.note

    @on(SkillEnded)
    def _skill_ended(self, event: SkillEnded) -> None:
        self.step, self._call = "", None
        if event.result == "success" and event.call in self._left:
            self._left.remove(event.call)
            self._done += 1

    @on(Planned)
    def _planned(self, event: Planned) -> None:
        self.step, self._call = "", None
        if not event.is_detour and event.certificate:
            steps = json.loads(event.certificate)["steps"]
            duration_s = json.loads(event.estimates)["duration_s"] if event.estimates else 0.0
            self._take_steps(map(parse_call, steps), duration_s)
