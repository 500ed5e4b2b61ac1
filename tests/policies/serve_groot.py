"""Serves the colour policy with a real Isaac-GR00T server, of whichever age ``GROOT_REPO`` is.

Server, wire format and the checks of observations and actions are those of that folder; only the
network is left out. Needs numpy, msgpack, msgpack-numpy, pyzmq: ``python serve_groot.py PORT``.
"""

import argparse
import os
import pathlib
import sys
import types

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from colour import ColourPolicy

REPO = pathlib.Path(os.environ["GROOT_REPO"]).resolve()
ACTIONS = {"velocity": slice(0, -1), "grip": slice(-1, None)}
"""The action keys of its modality config, with their part of what the colour policy answers."""
STATE = ("gripper_m", "gripper_width_m", "gripper_force_n")
LANGUAGE = "annotation.human.task_description"


class _Absent(types.ModuleType):
    """Stands for a library that the network alone needs."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})


def upstream():
    """Import the server's modules without the network's: its package imports that, too."""
    os.environ.pop("PYTEST_CURRENT_TEST", None)  # some of its versions act on it
    sys.path.insert(0, str(REPO.parent if REPO.name == "gr00t" else REPO))
    for name in ("torch", "transformers"):
        sys.modules[name] = _Absent(name)
    import gr00t

    package = types.ModuleType("gr00t.policy")
    package.__path__ = [os.path.join(os.path.dirname(gr00t.__file__), "policy")]
    sys.modules["gr00t.policy"] = package
    from gr00t.data import types as data
    from gr00t.policy import gr00t_policy, server_client

    return data, gr00t_policy, server_client


data, gr00t_policy, server_client = upstream()


class Policy(gr00t_policy.Gr00tPolicy):
    """The real class, with the colour policy where the network would be."""

    def __init__(self, chunk, delay_s):
        self.strict = True
        self.colour = ColourPolicy(chunk=chunk, delay_s=delay_s)
        self.language_key = LANGUAGE

        def modality(keys, steps=1, **more):
            return data.ModalityConfig(
                delta_indices=list(range(steps)), modality_keys=list(keys), **more
            )

        configs = [
            data.ActionConfig(
                rep=data.ActionRepresentation.ABSOLUTE,
                type=data.ActionType.NON_EEF,
                format=data.ActionFormat.DEFAULT,
                state_key=None,
            )
            for _ in ACTIONS
        ]
        self.modality_configs = {
            "video": modality(["overhead", "wrist"]),
            "state": modality(STATE),
            "action": modality(ACTIONS, chunk, action_configs=configs),
            "language": modality([LANGUAGE]),
        }

    def _get_action(self, observation, options=None):
        answer = self.colour.infer(
            {
                "prompt": observation["language"][LANGUAGE][0][0],
                "overhead": observation["video"]["overhead"][0, -1],
                **{key: observation["state"][key][0, -1] for key in STATE},
            }
        )
        actions = np.atleast_2d(np.asarray(answer.get("actions", [[]]), dtype=np.float32))
        if "actions" not in answer:
            return {}, {}
        return {key: actions[None, :, part] for key, part in ACTIONS.items()}, {}


parser = argparse.ArgumentParser()
parser.add_argument("port", type=int)
parser.add_argument("--delay", type=float, default=0.0)
parser.add_argument("--chunk", type=int, default=16)
parser.add_argument("--token", default=None)
given = parser.parse_args()
server_client.PolicyServer(
    Policy(given.chunk, given.delay), host="127.0.0.1", port=given.port, api_token=given.token
).run()
