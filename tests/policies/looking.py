"""Policies of ours, as a user would write one: a class with five methods, in this process."""

import numpy as np

from tests.policies.colour import ColourPolicy
from treehand.skills import FailureCode
from treehand.skills.vla import PolicyAnswer, PolicyError


class Looking:
    """The colour policy."""

    def __init__(self, address, spec, options):
        self.colour = ColourPolicy(chunk=spec.chunk, rate_hz=spec.rate_hz)
        self.spec = spec

    def connect(self, timeout_s):
        return {}

    def reset(self, episode):
        pass

    def infer(self, observation, instruction, timeout_s):
        seen = {"prompt": instruction, **observation.images, **observation.state}
        return PolicyAnswer(np.asarray(self.colour.infer(seen)["actions"]))

    def cancel(self):
        pass

    def close(self):
        pass


class Gone(Looking):
    """Nobody is there."""

    def connect(self, timeout_s):
        raise PolicyError(FailureCode.POLICY_UNREACHABLE, "nobody is there")


class Broken(Looking):
    """Raises something of its own, as adapters with mistakes do."""

    def infer(self, observation, instruction, timeout_s):
        raise ZeroDivisionError("a mistake in the adapter")


class ColourBlind(Looking):
    """Takes the blue block in place of the red one."""

    def infer(self, observation, instruction, timeout_s):
        return super().infer(observation, instruction.replace("red", "blue"), timeout_s)


class Never:
    """A success detector that is never content."""

    def __init__(self, context):
        pass

    def holds(self):
        return False

    def evidence(self):
        return ()


class Second(Never):
    """A success detector that is content a second after it began."""

    def __init__(self, context):
        self.clock, self.began_s = context.clock, context.clock.now_s()

    def holds(self):
        return self.clock.now_s() - self.began_s > 5.0


class Unmade(Looking):
    """Cannot even be made."""

    def __init__(self, address, spec, options):
        raise KeyError("weights")


class Odd(Looking):
    """Says odd things of itself."""

    def connect(self, timeout_s):
        return {"fps": "30 Hz", "joints": np.arange(3), "limit": float("nan"), "cameras": [["a"]]}


class Plain(Looking):
    """Takes pictures, numbers and words."""

    capabilities = ()


class Foreign(Looking):
    """The colour policy as others train theirs: y first, mm/s, normalised, padded, batched."""

    def infer(self, observation, instruction, timeout_s):
        x, y, grip = super().infer(observation, instruction, timeout_s).actions.T
        actions = np.column_stack([1e3 * y, 1e3 * x, np.where(grip > 0, 1.0, -1.0)])
        actions[:, :2] = (actions[:, :2] - [5.0, -5.0]) / 100.0
        return PolicyAnswer(np.pad(actions, ((0, 0), (0, 29)))[None])


class Counted(Looking):
    """Counts its connections and its instructions."""

    connects, told = [], []

    def connect(self, timeout_s):
        self.connects.append(self)
        return {}

    def infer(self, observation, instruction, timeout_s):
        if self.told[-1:] != [instruction]:
            self.told.append(instruction)
        return super().infer(observation, instruction, timeout_s)


class Traced(Looking):
    """Keeps the spans that it is told."""

    spans = []

    def trace(self, traceparent):
        self.spans.append(traceparent)
