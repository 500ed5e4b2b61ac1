"""Serves the colour policy with the real LeRobot async-inference server (PyPI: lerobot 0.4.4).

Run by that package's own Python: ``python serve_lerobot.py PORT FOLDER``. A small ACT policy that
was never trained is made in the folder; the client lets the server load it, as every client must,
and what it answers is then replaced by what the colour policy says.
"""

import argparse
import os
import pathlib
import sys
from concurrent import futures

import numpy as np
import torch

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from colour import ColourPolicy


def define_missing_operators():
    """Let torchvision be imported beside a torch that its own operators cannot be loaded into."""
    library = torch.library.Library("torchvision", "DEF")
    for name in ("nms", "qnms"):
        library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    return library


parser = argparse.ArgumentParser()
parser.add_argument("port", type=int)
parser.add_argument("folder", type=pathlib.Path)
given = parser.parse_args()
given.folder.mkdir(parents=True, exist_ok=True)
os.chdir(given.folder)  # LeRobot writes logs where it is imported
kept = define_missing_operators()

import grpc
from lerobot.async_inference.configs import PolicyServerConfig
from lerobot.async_inference.policy_server import PolicyServer
from lerobot.configs.types import FeatureType, PolicyFeature
from lerobot.policies.act.configuration_act import ACTConfig
from lerobot.policies.act.modeling_act import ACTPolicy
from lerobot.policies.factory import make_pre_post_processors
from lerobot.transport import services_pb2_grpc

CAMERAS = ("overhead", "wrist")
STATE = ("gripper_m.0", "gripper_m.1", "gripper_width_m.0", "gripper_force_n.0")
SIDE = 64
ACTION_N = 3
CHUNK = 16


def make_checkpoint(folder):
    """Write an ACT policy with random weights."""
    torch.manual_seed(0)
    images = [f"observation.images.{camera}" for camera in CAMERAS]
    state, action = (len(STATE),), (ACTION_N,)
    config = ACTConfig(
        input_features={
            "observation.state": PolicyFeature(FeatureType.STATE, state),
            **{image: PolicyFeature(FeatureType.VISUAL, (3, SIDE, SIDE)) for image in images},
        },
        output_features={"action": PolicyFeature(FeatureType.ACTION, action)},
        device="cpu",
        push_to_hub=False,
        chunk_size=CHUNK,
        n_action_steps=CHUNK,
        vision_backbone="resnet18",
        pretrained_backbone_weights=None,
        dim_model=32,
        n_heads=2,
        dim_feedforward=64,
        n_encoder_layers=1,
        n_decoder_layers=1,
        n_vae_encoder_layers=1,
        latent_dim=8,
    )
    ACTPolicy(config).save_pretrained(folder)

    def plain(*shape):
        one = torch.ones(*shape)
        return {"mean": 0 * one, "std": one, "min": -one, "max": one}

    statistics = {"observation.state": plain(*state), "action": plain(*action)}
    statistics |= {image: plain(3, 1, 1) for image in images}
    for part in make_pre_post_processors(config, dataset_stats=statistics):
        part.save_pretrained(folder)


class Server(PolicyServer):
    """The real one, whose policy looks."""

    colour = ColourPolicy(chunk=CHUNK)

    def _predict_action_chunk(self, observation_t):
        seen = observation_t.get_observation()
        chunk = super()._predict_action_chunk(observation_t)
        answer = self.colour.infer(
            {
                "prompt": seen["task"],
                "overhead": seen["overhead"],
                "gripper_m": np.array([seen["gripper_m.0"], seen["gripper_m.1"]]),
                "gripper_width_m": [seen["gripper_width_m.0"]],
                "gripper_force_n": [seen["gripper_force_n.0"]],
            }
        )
        rows = np.atleast_2d(np.asarray(answer["actions"], dtype=np.float32))
        for timed, row in zip(chunk, rows, strict=False):
            timed.action = torch.from_numpy(row.copy())
        return chunk[: len(rows)]


torch.set_num_threads(1)
if not (given.folder / "config.json").exists():
    make_checkpoint(given.folder)
server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
settings = PolicyServerConfig(
    host="127.0.0.1", port=given.port, fps=30, inference_latency=0.0, obs_queue_timeout=1.0
)
services_pb2_grpc.add_AsyncInferenceServicer_to_server(Server(settings), server)
server.add_insecure_port(f"127.0.0.1:{given.port}")
server.start()
server.wait_for_termination()
