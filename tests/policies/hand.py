"""A policy of LIBERO's robot without weights: it insists on openpi's observation."""

import numpy as np

WANTED = {
    "observation/image": ((224, 224, 3), np.uint8),
    "observation/wrist_image": ((224, 224, 3), np.uint8),
    "observation/state": ((8,), np.floating),
}
"""What openpi's client for LIBERO sends beside the prompt."""


class HandPolicy:
    """``infer`` takes an openpi observation and returns ten actions of 7 numbers."""

    def infer(self, observation):
        for key, (shape, kind) in WANTED.items():
            found = np.asarray(observation[key])
            assert found.shape == shape, (key, found.shape)
            assert np.issubdtype(found.dtype, kind), (key, found.dtype)
        assert len(observation["prompt"]) > 0
        lean = 0.01 * (len(observation["prompt"]) % 7)
        actions = np.tile([lean, 0.0, -0.1, 0.0, 0.0, 0.0, -1.0], (10, 1))
        return {"actions": actions + 1e-4 * float(np.mean(observation["observation/image"]))}

    def reset(self):
        pass
