"""Ranker of grasps: a small network over the heights around a grasp, learned from own trials."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from bin_eyes import PATCH

from treehand.skills import FloatArray, PracticeTrial

HIDDEN_N = 24
NUMBERS_N = 10
INPUTS_N = PATCH[0] * PATCH[1] + NUMBERS_N
RATE, DECAY, BATCH_N = 0.003, 8.0, 64
FINGERS = (3, 4)
"""Which of the numbers belong to the two fingers; they change places in a mirrored grasp."""


@dataclass
class Ranker:
    """A network with one hidden layer that tells how likely a grasp lifts one item."""

    weights: dict[str, FloatArray]

    @classmethod
    def untrained(cls, seed: int) -> Ranker:
        """Return one with drawn weights."""
        draw = np.random.default_rng(seed).normal
        return cls(
            {
                "mean": np.zeros(INPUTS_N),
                "scale": np.ones(INPUTS_N),
                "w1": draw(size=(INPUTS_N, HIDDEN_N)) / np.sqrt(INPUTS_N),
                "b1": np.zeros(HIDDEN_N),
                "w2": draw(size=HIDDEN_N) / np.sqrt(HIDDEN_N),
                "b2": np.zeros(1),
            }
        )

    @classmethod
    def read(cls, path: Path) -> Ranker:
        """Return the one that a file has."""
        with np.load(path, allow_pickle=False) as stored:
            return cls({name: stored[name].astype(float) for name in stored.files})

    def write(self, path: Path) -> None:
        """Write the weights to a file."""
        np.savez_compressed(path, **{k: v.astype(np.float32) for k, v in self.weights.items()})

    def chances(self, features: FloatArray) -> FloatArray:
        """Return the probability of success of each grasp."""
        return _forward(self.weights, features)[0]

    def figures(self, worlds: Sequence[Sequence[PracticeTrial]]) -> dict[str, float]:
        """Return how well it tells failures of other bins, and chooses in each bin.

        ``gain`` is how far its cross-entropy is below that of the share of successes, in nats for
        each trial; ``first choice`` is the share of successes of what it believes in most in each
        bin, and ``any`` that of all trials.
        """
        features, labels = columns([one for trials in worlds for one in trials])
        share = float(np.clip(labels.mean(), 1e-6, 1 - 1e-6))
        base = -share * math.log(share) - (1 - share) * math.log(1 - share)
        first = [
            tried[1][np.argmax(self.chances(tried[0]))]
            for tried in (columns(trials) for trials in worlds if trials)
        ]
        return {
            "gain": base - loss(self, features, labels),
            "first choice": float(np.mean(first)),
            "any": float(labels.mean()),
        }


def columns(trials: Sequence[PracticeTrial]) -> tuple[FloatArray, FloatArray]:
    """Return the numbers of trials, shape (n, m), and 1 for each that lifted one item, else 0."""
    numbers = np.array([one.numbers for one in trials])
    return numbers, np.array([float(one.outcome == "lifted") for one in trials])


def _forward(weights: dict[str, FloatArray], features: FloatArray) -> tuple[FloatArray, ...]:
    inputs = (features - weights["mean"]) / weights["scale"]
    hidden = np.maximum(inputs @ weights["w1"] + weights["b1"], 0.0)
    logits = hidden @ weights["w2"] + weights["b2"]
    return 1.0 / (1.0 + np.exp(-np.clip(logits, -30, 30))), hidden, inputs


def mirrored(features: FloatArray) -> FloatArray:
    """Return each grasp with its mirror images: fingers changed, sides changed, both."""
    count = PATCH[0] * PATCH[1]
    patch = features[:, :count].reshape(-1, *PATCH)
    numbers = features[:, count:]
    changed = numbers.copy()
    changed[:, FINGERS] = numbers[:, FINGERS[::-1]]
    variants = (
        (patch, numbers),
        (patch[:, ::-1], changed),
        (patch[:, :, ::-1], numbers),
        (patch[:, ::-1, ::-1], changed),
    )
    return np.concatenate(
        [np.concatenate([one.reshape(len(one), -1), rest], axis=1) for one, rest in variants]
    )


def trained(features: FloatArray, labels: FloatArray, *, steps_n: int, seed: int) -> Ranker:
    """Return a ranker that was trained by Adam on the cross-entropy of trials."""
    ranker = Ranker.untrained(seed)
    weights = ranker.weights
    inputs, targets = mirrored(features), np.tile(labels, 4)
    weights["mean"], weights["scale"] = inputs.mean(axis=0), inputs.std(axis=0) + 0.05
    names = ("w1", "b1", "w2", "b2")
    first = {name: np.zeros_like(weights[name]) for name in names}
    second = {name: np.zeros_like(weights[name]) for name in names}
    generator = np.random.default_rng(seed)
    for step in range(1, steps_n + 1):
        chosen = generator.integers(len(inputs), size=BATCH_N)
        chance, hidden, scaled = _forward(weights, inputs[chosen])
        error = (chance - targets[chosen]) / BATCH_N
        back = np.outer(error, weights["w2"]) * (hidden > 0.0)
        slopes = {
            "w1": scaled.T @ back,
            "b1": back.sum(axis=0),
            "w2": hidden.T @ error,
            "b2": np.array([error.sum()]),
        }
        rate = RATE * (1.0 - step / (steps_n + 1))
        for name in names:
            first[name] = 0.9 * first[name] + 0.1 * slopes[name]
            second[name] = 0.999 * second[name] + 0.001 * slopes[name] ** 2
            moved = first[name] / (1 - 0.9**step)
            spread = np.sqrt(second[name] / (1 - 0.999**step)) + 1e-8
            weights[name] = weights[name] - rate * (moved / spread + DECAY * weights[name])
    return ranker


def loss(ranker: Ranker, features: FloatArray, labels: FloatArray) -> float:
    """Return the cross-entropy of a ranker at trials, in nats for each trial."""
    chance = np.clip(ranker.chances(features), 1e-6, 1 - 1e-6)
    return float(-(labels * np.log(chance) + (1 - labels) * np.log(1 - chance)).mean())
