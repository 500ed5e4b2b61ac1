"""Skills that hang, at every position of a set of goals: no run outlasts the limits of its steps.

    python -m benchmarks.hangs [--goals N] [--json]

Each goal is run once without a hang. Then it is run again for each skill call that began, with that
activation hanging for ever, and twice for each skill with all of its activations hanging: with the
time limits of the action models, and with none declared. In each run, no activation may last longer
than its time limit and the time to halt it, and the run no longer than the limits of all
activations and the pauses before retries. Where neither model nor tree declares a limit, the second
hang of a skill must be the last one. Time is virtual.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from benchmarks.machine import describe
from treehand.core.events import Event, Retried, SkillEnded, SkillStarted, TimedOut
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.sessions.experiment import Experiment
from treehand.orchestrator.sessions.pipeline import run_goal
from treehand.orchestrator.sessions.robot import Robot
from treehand.orchestrator.sessions.robot_settings import RobotSettings
from treehand.skills import HaltStep, Skill, SkillContext, SkillStep
from treehand.skills.domain import Call
from treehand.trees.runtime.arbiter import HALT_DEADLINE_S

GOALS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("put the red mug in the sink", ("grasp-dropped@pick(red_mug):1",)),
    ("put the apple in the fridge", ("close(fridge)@put_in(apple, fridge)",)),
    ("put the blue mug in the sink", ()),
    ("throw away all rubbish", ("grasp-missed@pick(can):1",)),
    ("wipe the table", ()),
    ("turn off the left burner", ("block(stove)@turn_off(left_knob)",)),
    ("wash all dirty mugs", ("grasp-dropped@pick(_):2",)),
    ("load the dishwasher", ("skill-error@open(cupboard):1",)),
    ("clean the kitchen", ("grasp-dropped@pick(_):3",)),
)
"""Goals, each with faults that lead it into its recovery."""


class Hanging(Skill):
    """A skill that never ends."""

    def __init__(self, context: SkillContext) -> None:
        self._context = context

    def start(self) -> None:
        """Begin."""

    def step(self) -> SkillStep:
        """Go on for ever."""
        return SkillStep.running(self._context.clock.now_s() + 1.0)

    def halt(self) -> HaltStep:
        """Stop the robot."""
        self._context.embodiment.stop()
        return HaltStep.DONE


@dataclass
class Tally:
    """Runs of the campaign, and those that lasted too long."""

    runs: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    longest_s: float = 0.0
    longest_undeclared_s: float = 0.0
    """Longest run of a skill that always hangs and whose action model declares no limit."""
    problems: list[str] = field(default_factory=list)


class HangCampaign:
    """Runs goals with hanging skills and checks how long everything lasts."""

    def __init__(self) -> None:
        self._deployment = Deployment.load(looks_here=False)
        self._undeclared = _without_timeouts(self._deployment)
        self.tally = Tally()

    def run(self, goal: str, faults: tuple[str, ...]) -> None:
        """Let every skill call of a goal hang, one at a time, then each skill always."""
        declared, undeclared = self._deployment, self._undeclared
        begun = list(_calls(self._events(declared, goal, Experiment(faults=faults))))
        for call, attempt in begun:
            hang = f"hang@{call}:{attempt}"
            self._check(declared, goal, hang, Experiment(faults=(*faults, hang)))
        for name in dict.fromkeys(call.name for call, _ in begun):
            always = Experiment().substitute(f"**/*{name}(*)", Hanging)
            self._check(declared, goal, f"every {name} hangs", always)
            what = f"every {name} hangs, and no limit is declared"
            events = self._check(undeclared, goal, what, always)
            hangs = sum(_is_undeclared(undeclared, event) for event in events)
            if hangs > 2:
                self._report(goal, what, f"it hung {hangs} times")
            self.tally.longest_undeclared_s = max(self.tally.longest_undeclared_s, events[-1].t_s)

    def _events(self, deployment: Deployment, goal: str, experiment: Experiment) -> list[Event]:
        events: list[Event] = []
        settings = RobotSettings(experiment=experiment)
        with Robot(deployment, workspace=None, settings=settings) as robot:
            robot.world.stream.subscribe(events.append)
            result = run_goal(robot, goal, by="the campaign", choose=lambda question: None)
        self.tally.outcomes[result.outcome.value] += 1
        self.tally.longest_s = max(self.tally.longest_s, result.sim_time_s)
        return events

    def _check(
        self, deployment: Deployment, goal: str, what: str, experiment: Experiment
    ) -> list[Event]:
        """Run, report what lasts too long, and return the events."""
        self.tally.runs += 1
        events = self._events(deployment, goal, experiment)
        limits_s, begun = _pauses_s(events), dict[str, SkillStarted]()
        for event in events:
            if isinstance(event, SkillStarted):
                begun[event.path] = event
                limits_s += _limit_s(deployment, event.call)
            elif isinstance(event, SkillEnded):
                took_s = event.t_s - begun.pop(event.path).t_s
                most_s = _limit_s(deployment, event.call)
                if took_s > most_s:
                    self._report(goal, what, f"{event.call} lasted {took_s:g} s of {most_s:g} s")
        if begun:
            self._report(goal, what, f"never ended: {', '.join(begun)}")
        if events[-1].t_s > limits_s:
            self._report(goal, what, f"the run lasted {events[-1].t_s:g} s of {limits_s:g} s")
        return events

    def _report(self, goal: str, what: str, problem: str) -> None:
        self.tally.problems.append(f"{goal}, {what}: {problem}")


def _without_timeouts(deployment: Deployment) -> Deployment:
    """Return a deployment whose action models declare no time limit."""
    skills = {
        name: model.model_copy(update={"timeout": None})
        for name, model in deployment.domain.skills.items()
    }
    return replace(deployment, domain=deployment.domain.model_copy(update={"skills": skills}))


def _limit_s(deployment: Deployment, call: Call) -> float:
    return deployment.domain.skills[call.name].limit_s + HALT_DEADLINE_S


def _is_undeclared(deployment: Deployment, event: Event) -> bool:
    """Return True if a skill ran into a limit that neither its model nor the tree has set."""
    if not isinstance(event, TimedOut) or event.call is None:
        return False
    model = deployment.domain.skills[event.call.name]
    return model.timeout is None and event.limit_s == model.limit_s


def _calls(events: list[Event]) -> Iterator[tuple[Call, int]]:
    """Yield each call that began, with its number among those of the same call."""
    for event in events:
        if isinstance(event, SkillStarted):
            yield event.call, event.attempt


def _pauses_s(events: list[Event]) -> float:
    """Return the time from every retry to the activation after it."""
    total_s, since_s = 0.0, None
    for event in events:
        if isinstance(event, Retried):
            since_s = event.t_s
        elif isinstance(event, SkillStarted) and since_s is not None:
            total_s, since_s = total_s + event.t_s - since_s, None
    return total_s


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hangs")
    parser.add_argument("--goals", type=int, default=len(GOALS))
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    began, campaign = time.process_time(), HangCampaign()
    for goal, faults in GOALS[: options.goals]:
        campaign.run(goal, faults)
    tally = campaign.tally
    report = {
        "runs": tally.runs,
        "outcomes": dict(tally.outcomes.most_common()),
        "longest_s": round(tally.longest_s, 1),
        "longest_undeclared_s": round(tally.longest_undeclared_s, 1),
        "problems": tally.problems,
        "cpu_s": round(time.process_time() - began, 1),
    }
    if options.json:
        print(json.dumps(report))
        return
    print(f"machine: {describe()}")
    for name, value in report.items():
        print(f"{name}: {value}")


if __name__ == "__main__":
    main()
