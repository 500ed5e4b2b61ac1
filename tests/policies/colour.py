"""A policy that looks: it finds what it is told about by its colour, and drives there.

It knows nothing but the pictures, what proprioception its server passes on, and the words; numpy is
all that it needs, so it runs in anybody's policy server. Words in brackets make it misbehave:
``[raise]``, ``[nan]``, …
"""

import os
import random
import time

import numpy as np

COLOURS = {"red": (220, 50, 40), "green": (50, 170, 70), "blue": (50, 90, 220)}
STEEL = (40, 40, 45)
PLACES_M = {"tray": (-0.22, 0.0), "bin": (0.22, 0.0), "table": (0.0, 0.0)}
HALF_M = 0.3
SPEED_M_S = 0.25
GAIN_HZ = 5.0
NEAR_M = 0.005
FORCE_N = 8.0
OPENING_N = 4


class ColourPolicy:
    """``infer`` takes an openpi observation and returns a chunk.

    Args:
        chunk: Actions in an answer.
        rate_hz: Actions a second.
        delay_s: How long each inference takes besides, at least.
        delay_to_s: At most; the same if left out.
    """

    def __init__(self, chunk=16, rate_hz=30.0, delay_s=0.0, delay_to_s=None):
        self.chunk = chunk
        self.rate_hz = rate_hz
        self.delay_s = (delay_s, delay_s if delay_to_s is None else delay_to_s)
        self.calls = 0

    def infer(self, obs):
        self.calls += 1
        time.sleep(random.uniform(*self.delay_s))
        words = obs["prompt"]
        wrong = self._misbehave(words)
        if wrong is not None:
            return wrong
        return {"actions": self.actions(words, obs["overhead"], obs)}

    def actions(self, words, picture, felt):
        """Return a chunk; without proprioception it looks where the gripper is."""
        holds = False
        if "gripper_width_m" in felt:
            holds = felt["gripper_width_m"][0] < 0.079 and felt["gripper_force_n"][0] > 0
        gripper_m = felt["gripper_m"] if "gripper_m" in felt else self._find(picture, STEEL)
        if words.startswith("put"):
            place = next(name for name in PLACES_M if words.rstrip().endswith(name))
            return self._drive(gripper_m, PLACES_M[place], FORCE_N, 0.0)
        colour = next(name for name in COLOURS if name in words)
        target_m = self._find(picture, COLOURS[colour])
        if target_m is None or holds:
            return np.tile([0.0, 0.0, FORCE_N if holds else 0.0], (self.chunk, 1))
        actions = self._drive(gripper_m, target_m, 0.0, FORCE_N)
        if "gripper_width_m" in felt and felt["gripper_width_m"][0] < 0.01:
            actions[:OPENING_N] = 0.0  # it has closed on nothing
        return actions

    def _find(self, picture, colour):
        apart = np.abs(picture.astype(int) - colour).sum(axis=-1)
        rows, columns = np.nonzero(apart < 60)
        if not len(rows):
            return None
        height, width, _ = picture.shape
        x = ((columns.mean() + 0.5) / width * 2 - 1) * HALF_M
        y = (1 - (rows.mean() + 0.5) / height * 2) * HALF_M
        return np.array([x, y])

    def _drive(self, at_m, target_m, force_before_n, force_there_n):
        at_m, actions = np.array(at_m, dtype=float), []
        for _ in range(self.chunk):
            away_m = np.array(target_m) - at_m
            if np.hypot(*away_m) <= NEAR_M:
                actions.append([0.0, 0.0, force_there_n])
                continue
            velocity = GAIN_HZ * away_m
            velocity /= max(np.abs(velocity).max() / SPEED_M_S, 1.0)
            actions.append([*velocity, force_before_n])
            at_m += velocity / self.rate_hz
        return np.array(actions)

    def _misbehave(self, words):
        good = np.zeros((self.chunk, 3))
        if "[raise]" in words:
            raise RuntimeError("the weights are on fire")
        if "[hang]" in words:
            time.sleep(45.0)
        if "[die]" in words and self.calls > 3:
            os._exit(9)
        if "[slow start]" in words and self.calls == 1:
            time.sleep(3.0)
        wrong = {
            "[nan]": np.full((self.chunk, 3), np.nan),
            "[shape]": np.zeros((self.chunk, 7)),
            "[flat]": np.zeros(3),
            "[far]": np.tile([9.0, 0.0, 0.0], (self.chunk, 1)),
            "[empty]": np.zeros((0, 3)),
        }
        for sign, actions in wrong.items():
            if sign in words and self.calls > 2:
                return {"actions": actions}
        if "[nothing]" in words:
            return {"state": good}
        if "[still]" in words:
            return {"actions": good}
        return None
