"""Policy servers that other people wrote, each in an environment of its own.

``python -m tests.policies.servers openpi`` installs one beside the project; the tests find it there
or where an environment variable says. GR00T's and the ``/act`` servers are on no package index:
``GROOT_REPO`` and ``ACT_REPO`` are the folders with their code.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
REQUIREMENTS = {
    "openpi": ("openpi-server==0.1.0 openpi-client==0.1.2 typing_extensions",),
    "groot": ("msgpack msgpack-numpy numpy pyzmq",),
    "act": ("fastapi json-numpy numpy pillow uvicorn",),
    "lerobot": (
        "torch==2.13.0",
        "--no-deps lerobot==0.4.4 torchvision==0.28.0",  # which ask for an older torch
        "draccus==0.10.0 datasets>=4,<5 huggingface-hub>=0.34.2,<0.36 diffusers<0.36 numpy>=2,<2.3 "
        "einops opencv-python-headless<4.13 av>=15,<16 jsonlines packaging<26 deepdiff<9 "
        "imageio[ffmpeg] termcolor<4 gymnasium<2 grpcio>=1.73.1 protobuf>=6.31 accelerate<2 "
        "safetensors pyserial pillow setuptools<81",
    ),
}
"""What each server is made of, one installation after the other; openpi-client wants numpy < 2, and
says nothing of the last of its own."""


def python_of(name):
    """Return the Python that has a server; skip the test if there is none."""
    variable = f"TREEHAND_{name.upper()}_PYTHON"
    python = Path(os.environ.get(variable, ROOT / f".venv-{name}" / "bin" / "python"))
    if not python.exists():
        pytest.skip(f"no {name} server here: python -m tests.policies.servers {name}")
    return str(python)


def repository(name):
    """Return the folder with a server's code; skip the test if it is not said."""
    variable = f"{name.upper()}_REPO"
    if variable not in os.environ:
        pytest.skip(f"{variable} does not say where the code of a real {name} server is")
    return os.environ[variable]


def free_port():
    """Return a port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Server:
    """One server process."""

    def __init__(self, command, port):
        self.command, self.port = command, port
        self.process = None

    def start(self, *more):
        self.process = subprocess.Popen(
            [*self.command, *more], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 0.2).close()
                return
            except OSError:
                assert self.process.poll() is None, "the server ended"
                assert time.monotonic() < until, "the server does not listen"
                time.sleep(0.02)

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()


@contextmanager
def serving(command, *more, port):
    """Run a server for the time of a test."""
    server = Server(command, port)
    server.start(*more)
    try:
        yield server
    finally:
        server.kill()


@contextmanager
def groot(*more):
    """Run a real GR00T server with the colour policy; yield where."""
    repository("groot")
    port = free_port()
    command = [python_of("groot"), str(HERE / "serve_groot.py"), str(port)]
    with serving(command, *more, port=port):
        yield f"tcp://127.0.0.1:{port}"


@contextmanager
def act(name):
    """Run one of the real ``/act`` servers with the colour policy; yield where."""
    repository("act")
    port = free_port()
    command = [python_of("act"), str(HERE / "serve_act.py"), str(port)]
    with serving(command, name, port=port):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def lerobot(folder):
    """Run the real LeRobot server with the colour policy; yield where."""
    port = free_port()
    command = [python_of("lerobot"), str(HERE / "serve_lerobot.py"), str(port)]
    with serving(command, str(folder), port=port) as server:
        yield server


@contextmanager
def openpi(*more):
    """Run the real openpi server with the colour policy."""
    port = free_port()
    command = [python_of("openpi"), str(HERE / "serve_openpi.py"), str(port)]
    with serving(command, *more, port=port) as server:
        yield server


def install(name):
    """Make the environment of a server."""
    folder = ROOT / f".venv-{name}"
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    for packages in REQUIREMENTS[name]:
        command = [folder / "bin" / "pip", "install", "-q", *packages.split()]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    for wanted in sys.argv[1:]:
        install(wanted)
