"""Child process that reads a LeRobot server's pickles; started by `lerobot`, never imported.

It takes requests from a pipe whose file descriptor is its argument, and answers them one at a time.
LeRobot itself is not needed: its messages have one or two fields, and its pickles name classes of
which only the attributes matter.
"""

from __future__ import annotations

import contextlib
import ctypes
import io
import pickle
import resource
import signal
import sys
import time
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import Connection
from typing import Any

import grpc
import numpy as np
import torch

from treehand.skills.domain.failures import FailureCode
from treehand.skills.vla.adapters.arrays import pack, unpack
from treehand.skills.vla.contract.policy import PolicyError, failed, invalid, unreachable

SERVICE = "/transport.AsyncInference/"
HELPERS = "lerobot.async_inference.helpers"
PIECE = 2 * 1024 * 1024
"""Bytes of an observation per message, as in LeRobot's own client."""
ANSWER_BYTES = 16 * 1024 * 1024
"""Longest answer that is accepted."""
MEMORY_BYTES = 8 * 1024**3
"""Limit of the process's address space; torch takes most of it."""
DIE_WITH_PARENT = 1
"""`PR_SET_PDEATHSIG` of Linux's `prctl`."""
BEGIN, MIDDLE, END = 1, 2, 3
"""`TransferState` of a piece."""
VARINT, BYTES = 0, 2
"""Wire types of protocol buffers."""


@dataclass
class RemotePolicyConfig:
    """Request to load a policy."""

    policy_type: str
    pretrained_name_or_path: str
    lerobot_features: dict[str, Any]
    actions_per_chunk: int
    device: str = "cpu"
    rename_map: dict[str, str] = field(default_factory=dict)


@dataclass
class TimedObservation:
    """Observation that is sent to the server."""

    timestamp: float
    timestep: int
    observation: dict[str, Any]
    must_go: bool = True
    """If false, the server skips observations similar to the last one, whatever the instruction."""


@dataclass
class TimedAction:
    """One action of the server's answer."""

    timestamp: float
    timestep: int
    action: torch.Tensor

    def __setstate__(self, state: object) -> None:
        """Accept the three attributes of an action from a pickle, and nothing else."""
        if not isinstance(state, dict) or set(state) != {"timestamp", "timestep", "action"}:
            raise pickle.UnpicklingError("an action has a time, a step and numbers")
        self.__dict__.update(state)


def bound_process() -> None:
    """Limit the memory of this process, and end it with its parent: answers may be malicious."""
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL)


def register_names() -> None:
    """Register the classes above under the module names that LeRobot's pickles use."""
    for name in ("lerobot", "lerobot.async_inference", HELPERS):
        sys.modules[name] = types.ModuleType(name)
    for kind in (RemotePolicyConfig, TimedObservation, TimedAction):
        kind.__module__ = HELPERS
        setattr(sys.modules[HELPERS], kind.__name__, kind)


class _Only:
    """A function that a pickle may call and not alter."""

    __slots__ = ("_function",)

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function

    def __call__(self, *arguments: Any) -> Any:
        return self._function(*arguments)

    def __setstate__(self, state: object) -> None:
        raise pickle.UnpicklingError("a function has no state")


def _storage(data: bytes) -> Any:
    return torch.load(io.BytesIO(data), weights_only=True)


class _Reader(pickle.Unpickler):
    """Unpickler that accepts the types of actions only."""

    TAKEN: Mapping[tuple[str, str], Any] = {
        ("collections", "OrderedDict"): _Only(lambda *pairs: dict(*pairs)),
        ("torch._utils", "_rebuild_tensor_v2"): _Only(torch._utils._rebuild_tensor_v2),
        ("torch.storage", "_load_from_bytes"): _Only(_storage),
        (HELPERS, "TimedAction"): TimedAction,
    }

    def find_class(self, module: str, name: str) -> Any:
        """Return an accepted type; raises `UnpicklingError` for every other name."""
        if (module, name) not in self.TAKEN:
            raise pickle.UnpicklingError(f"'{module}.{name}' has no place in an action")
        return self.TAKEN[module, name]


class Server:
    """Client of the server's gRPC service.

    Args:
        address: ``host:port``.
        setup: Policy to load, and the inputs that it will be sent.
    """

    def __init__(self, address: str, setup: Mapping[str, Any]) -> None:
        limits = [
            ("grpc.max_receive_message_length", ANSWER_BYTES),
            ("grpc.max_send_message_length", -1),
        ]
        self._channel = grpc.insecure_channel(address, options=limits)
        self._setup = setup
        self.metadata: tuple[tuple[str, str], ...] = ()
        """Metadata of every call."""

    def connect(self, timeout_s: float) -> None:
        """Wait for the server and let it load the policy."""
        until = time.monotonic() + timeout_s
        self._one("Ready")(b"", timeout=timeout_s, wait_for_ready=True)
        names = self._setup["state_names"]
        features: dict[str, Any] = {
            f"observation.images.{key}": {
                "dtype": "image",
                "shape": tuple(shape),
                "names": ["height", "width", "channels"],
            }
            for key, shape in self._setup["cameras"].items()
        }
        if names:
            shape = (len(names),)
            features["observation.state"] = {"dtype": "float32", "shape": shape, "names": names}
        wanted = RemotePolicyConfig(
            self._setup["policy_type"],
            self._setup["checkpoint"],
            features,
            self._setup["chunk"],
            self._setup["device"],
        )
        message = encoded({1: pickle.dumps(wanted, protocol=4)})
        left_s = max(until - time.monotonic(), 0.1)
        self._one("SendPolicyInstructions")(message, timeout=left_s)

    def reset(self, timeout_s: float) -> None:
        """Let the server forget the steps that it has answered."""
        self._one("Ready")(b"", timeout=timeout_s)

    def infer(self, request: Mapping[str, Any]) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Return the actions for an observation, shape (n, action_dim)."""
        until = time.monotonic() + request["timeout_s"]
        state = zip(self._setup["state_names"], request["state"].tolist(), strict=True)
        pictures = {key: np.array(picture) for key, picture in request["images"].items()}
        step = request["number"] * self._setup["chunk"]
        seen = TimedObservation(
            time.time(), step, {**dict(state), **pictures, "task": request["task"]}
        )
        self._channel.stream_unary(SERVICE + "SendObservations")(
            pieces(pickle.dumps(seen, protocol=4)),
            timeout=request["timeout_s"],
            metadata=self.metadata,
        )
        left_s = max(until - time.monotonic(), 0.01)
        data = decoded(self._one("GetActions")(b"", timeout=left_s)).get(1, b"")
        if not data:
            raise failed("it answers with nothing, as it does when its policy raises: see its log")
        try:
            timed = _Reader(io.BytesIO(data)).load()
            actions = np.stack([np.asarray(one.action.numpy(), np.float64) for one in timed])
            first = timed[0].timestep
        except Exception as error:  # a pickle that does not fit may raise anything
            raise invalid(f"its answer is no list of actions: {error}") from error
        if first != step:
            raise invalid(f"it answers step {first}, but {step} was asked")
        return actions

    def _one(self, method: str) -> Callable[..., bytes]:
        call: Callable[..., bytes] = self._channel.unary_unary(SERVICE + method)
        return partial(call, metadata=self.metadata)


def pieces(data: bytes) -> Iterator[bytes]:
    """Yield the messages of an observation."""
    count = max((len(data) + PIECE - 1) // PIECE, 1)
    for index in range(count):
        state = END if index == count - 1 else BEGIN if index == 0 else MIDDLE
        yield encoded({1: state, 2: data[index * PIECE : (index + 1) * PIECE]})


def encoded(fields: Mapping[int, int | bytes]) -> bytes:
    """Return a protocol-buffers message with number and byte fields.

    Source:
        protobuf.dev, "Encoding".
    """
    out = bytearray()
    for number, value in fields.items():
        if isinstance(value, bytes):
            out += _varint(number << 3 | BYTES) + _varint(len(value)) + value
        else:
            out += _varint(number << 3 | VARINT) + _varint(value)
    return bytes(out)


def decoded(message: bytes) -> dict[int, bytes]:
    """Return the fields of a protocol-buffers message that has byte fields only."""
    fields: dict[int, bytes] = {}
    at = 0
    while at < len(message):
        key, at = _read_varint(message, at)
        length, at = _read_varint(message, at)
        fields[key >> 3] = message[at : at + length]
        at += length
    return fields


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _read_varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while message[at] & 0x80:
        value |= (message[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
    return value | message[at] << shift, at + 1


def main() -> None:
    """Answer requests until the pipe is closed."""
    bound_process()
    torch.set_num_threads(1)
    register_names()
    pipe: Connection = Connection(int(sys.argv[1]))
    server: Server | None = None
    while True:
        try:
            request = unpack(pipe.recv_bytes())
        except EOFError:
            return
        answer: Mapping[str, Any] = {}
        try:
            if request["do"] == "connect":
                server = Server(request["address"], request["setup"])
            if server is not None and "traceparent" in request:
                server.metadata = (("traceparent", request["traceparent"]),)
            if server is not None and request["do"] == "connect":
                server.connect(request["timeout_s"])
            elif server is not None and request["do"] == "reset":
                server.reset(request["timeout_s"])
            elif server is not None:
                answer = {"actions": server.infer(request)}
        except grpc.RpcError as error:
            answer = _guarded(_of_rpc(error))
        except PolicyError as error:
            answer = _guarded(error)
        pipe.send_bytes(pack(answer, "openpi"))


def _of_rpc(error: grpc.RpcError) -> PolicyError:
    code, said = error.code(), str(error.details())
    if code is grpc.StatusCode.UNKNOWN:  # an exception in the server
        return failed(said.removeprefix("Exception calling application: "))
    if code is grpc.StatusCode.DEADLINE_EXCEEDED:
        return unreachable("no answer within the time limit")
    return unreachable(f"{code.name.lower()}: {said}")


def _guarded(error: PolicyError) -> Mapping[str, Any]:
    return {"error": FailureCode(error.code).value, "detail": error.detail}


if __name__ == "__main__":
    main()
