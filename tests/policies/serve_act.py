"""Serves the colour policy with other people's ``/act`` servers, found under ``ACT_REPO``.

The handlers are theirs, unmodified; only the model and how it is loaded are left out. Folders:
``openvla/`` (openvla/openvla), ``oft/`` (moojink/openvla-oft), ``molmoact2/`` (allenai/molmoact2).
Needs numpy, json-numpy, fastapi, uvicorn, pillow: ``python serve_act.py PORT openvla``.
"""

import argparse
import ast
import contextlib
import os
import pathlib
import re
import runpy
import sys
import types
import typing
from unittest.mock import MagicMock

import numpy as np
from PIL import Image

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from colour import ColourPolicy

REPO = pathlib.Path(os.environ["ACT_REPO"])
YAM_DIMS = 14


class _Mode(contextlib.ContextDecorator):
    """Stands for `torch.inference_mode`."""

    def __enter__(self):
        return self

    def __exit__(self, *reason):
        return False


class _Moved:
    """Whatever is put onto a device."""

    def to(self, *args, **kwargs):
        return self

    eval = to


class _Inputs(_Moved, dict):
    """What a processor returns."""


class _Loaded(_Moved):
    """Whatever a library loads by name."""

    @classmethod
    def from_pretrained(cls, *args, **kwargs):
        return cls()


class Processor(_Loaded):
    def __call__(self, prompt, image):
        return _Inputs(prompt=prompt, pixel_values=np.asarray(image))


def absent(name, **attributes):
    """Put a stand-in where a library would be that the model alone needs."""
    module = types.ModuleType(name)

    def missing(wanted):
        if wanted.startswith("__"):
            raise AttributeError(wanted)
        return MagicMock(name=f"{name}.{wanted}")

    module.__getattr__ = missing
    module.__dict__.update(attributes)
    sys.modules[name] = module
    parent, _, leaf = name.rpartition(".")
    if parent:
        if parent not in sys.modules:
            absent(parent, __path__=[])
        setattr(sys.modules[parent], leaf, module)
    return module


def words_of(prompt):
    """Return the instruction that a server has put into a prompt."""
    return re.search(r"take to (.*)\?", prompt)[1]


def openvla(port, colour):
    class Model(_Loaded):
        norm_stats: typing.ClassVar = {"bridge_orig": {}}

        def predict_action(self, prompt, pixel_values, unnorm_key=None, do_sample=False):
            answer = colour.infer({"prompt": words_of(prompt), "overhead": pixel_values})
            return answer["actions"][0]

    absent("transformers", AutoModelForVision2Seq=Model, AutoProcessor=Processor)
    deploy = runpy.run_path(str(REPO / "openvla/vla-scripts/deploy.py"), run_name="deploy")
    deploy["OpenVLAServer"]("openvla/openvla-7b").run("127.0.0.1", port=port)


def oft(port, colour):
    root = REPO / "oft"
    sys.path.insert(0, str(root))
    absent("transformers")
    from prismatic.vla import constants

    class Model:
        llm_dim = 1
        norm_stats: typing.ClassVar = {
            "libero_spatial_no_noops": {
                "proprio": {
                    "q01": [-1.0] * constants.PROPRIO_DIM,
                    "q99": [1.0] * constants.PROPRIO_DIM,
                }
            }
        }

        def predict_action(self, prompt, pixel_values, **more):
            view = pixel_values[..., :3]
            return colour.infer({"prompt": words_of(prompt), "overhead": view})["actions"], None

    torch.cat = lambda arrays, dim: np.concatenate(arrays, axis=dim)
    utils = absent("experiments.robot.openvla_utils")
    source = ast.parse((root / "experiments/robot/openvla_utils.py").read_text())
    kept = {"check_image_format", "normalize_proprio", "prepare_images_for_vla", "get_vla_action"}
    source.body = [
        node for node in source.body if isinstance(node, ast.FunctionDef) and node.name in kept
    ]
    utils.__dict__.update(vars(typing))
    utils.__dict__.update(vars(constants))
    utils.__dict__.update(
        np=np,
        torch=torch,
        Image=Image,
        DEVICE="cpu",
        OPENVLA_IMAGE_SIZE=224,
        resize_image_for_policy=lambda image, size: image,
        get_vla=lambda config: Model(),
        get_processor=lambda config: Processor(),
        get_action_head=lambda config, size: object(),
        get_proprio_projector=lambda config, size, width: object(),
    )
    exec(compile(source, "openvla_utils.py", "exec"), utils.__dict__)
    absent("experiments.robot.robot_utils", get_image_resize_size=lambda config: 224)
    deploy = runpy.run_path(str(root / "vla-scripts/deploy.py"), run_name="deploy")
    config = deploy["DeployConfig"](
        unnorm_key="libero_spatial_no_noops", center_crop=False, pretrained_checkpoint="none"
    )
    deploy["OpenVLAServer"](config).run("127.0.0.1", port=port)


def molmoact2(port, colour):
    class Model(_Loaded):
        dtype = "float32"
        config = types.SimpleNamespace()

        def parameters(self):
            yield types.SimpleNamespace(dtype="float32")

        def predict_action(self, images, task, **more):
            few = colour.infer({"prompt": task, "overhead": np.asarray(images[0])})["actions"]
            few = np.atleast_2d(np.asarray(few, dtype=np.float32))
            wide = np.zeros((len(few), YAM_DIMS), dtype=np.float32)
            if few.shape[-1] > 3:  # told to answer a wrong shape
                wide = np.zeros((len(few), 2 * YAM_DIMS), dtype=np.float32)
            wide[:, : few.shape[-1]] = few
            return types.SimpleNamespace(actions=wide[None])

    absent("transformers", AutoModelForImageTextToText=Model, AutoProcessor=Processor)
    sys.argv = ["host_server_yam.py", "--host", "127.0.0.1", "--port", str(port)]
    sys.argv += ["--device", "cpu", "--dtype", "float32"]
    runpy.run_path(str(REPO / "molmoact2/examples/yam/host_server_yam.py"), run_name="__main__")


torch = absent(
    "torch",
    inference_mode=_Mode,
    is_tensor=lambda value: False,
    device=type("device", (str,), {}),
    dtype=str,
    cuda=types.SimpleNamespace(is_available=lambda: False),
    nn=types.SimpleNamespace(Module=object),
)
for unused in ("draccus", "huggingface_hub"):
    absent(unused, wrap=lambda: lambda main: main, snapshot_download=lambda repo_id: repo_id)
SERVERS = {"openvla": openvla, "oft": oft, "molmoact2": molmoact2}

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("server", choices=SERVERS)
    given = parser.parse_args()
    chunk = {"openvla": 1, "oft": 8, "molmoact2": 30}[given.server]
    SERVERS[given.server](given.port, ColourPolicy(chunk=chunk))
