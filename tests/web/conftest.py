"""A real server with the built-in kitchen, and clients of it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("starlette", reason="needs the extra web")
pytest.importorskip("uvicorn", reason="needs the extra web")

import httpx

from treehand.core.clock import MonotonicClock, VirtualClock
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.people.person import Person
from treehand.orchestrator.sessions.experiment import Experiment
from treehand.orchestrator.sessions.robot import Robot
from treehand.orchestrator.sessions.robot_settings import RobotSettings
from treehand.orchestrator.store.workspace import Workspace
from treehand.web.server import RobotServer, ServerSettings

WAIT_S = 60.0


class ServedKitchen:
    """A server in this process, with the codes that it announced.

    Its runs go at a speed, or without one in virtual time: the same on a loaded machine.
    """

    def __init__(
        self,
        folder: Path,
        *,
        faults: tuple[str, ...] = (),
        speed: float | None = 200.0,
        deployment: Deployment | None = None,
        protocol: Any = None,
        keeps_states: bool = False,
        **settings: Any,
    ) -> None:
        self.folder = folder
        self.codes: list[str] = []
        self._clients: list[httpx.Client] = []
        self.workspace = Workspace(folder / "runs")
        loaded = deployment or Deployment.load()

        def open_robot(person: Person) -> Robot:
            clock = VirtualClock() if speed is None else MonotonicClock(speed)
            made = RobotSettings(
                clock=clock,
                person=person,
                experiment=Experiment(faults=faults),
                keeps_states=keeps_states,
            )
            return Robot(loaded, workspace=self.workspace, settings=made)

        files = folder / "files"
        files.mkdir(exist_ok=True)
        given = ServerSettings(port=0, speed=speed, folder=files, **settings)
        self.server = RobotServer(
            open_robot,
            lambda: loaded,
            self.workspace,
            given,
            self.codes.append,
            protocol=protocol,
        )
        self.server.start()

    @property
    def url(self) -> str:
        return self.server.url

    def close(self) -> None:
        for client in self._clients:
            client.close()
        self.server.close()

    def client(self, name: str = "Ada", *, controls: bool = False) -> Client:
        """Return a client that signed in with a code of its own."""
        http = httpx.Client(base_url=self.url, timeout=WAIT_S)
        self._clients.append(http)
        code = self.server.viewers.invite()
        body = {"code": code, "name": name, "bearer": True}
        told = http.post("/api/session", json=body).json()
        http.headers["Authorization"] = f"Bearer {told['token']}"
        client = Client(http, told["id"], told["token"])
        if controls:
            assert client.post("control").status_code == 204
        return client


class Client:
    """A viewer."""

    def __init__(self, http: httpx.Client, id_: str, token: str) -> None:
        self.http = http
        self.id = id_
        self.token = token
        self.begun = ""

    def get(self, path: str, **params: Any) -> httpx.Response:
        return self.http.get(f"/api/{path}", params=params)

    def post(self, path: str, body: object = None) -> httpx.Response:
        return self.http.post(f"/api/{path}", json=body)

    def state(self) -> dict[str, Any]:
        return self.get("state").json()["desk"]

    def plan(self, text: str = "put the red mug in the sink") -> str:
        """Propose a goal and return the plan's hash."""
        told = self.post("proposals", {"text": text}).json()
        assert told["kind"] == "plan", told
        return told["hash"]

    def approve(self, hash_: str) -> httpx.Response:
        return self.post(f"plans/{hash_}/approve", {})

    def begin(self, text: str = "put the red mug in the sink") -> str:
        """Begin to run a goal and return the run's number."""
        hash_ = self.plan(text)
        self.begun = self.get("state").json()["last_event"]
        assert self.approve(hash_).status_code == 200
        told = self.post("runs", {"hash": hash_})
        assert told.status_code == 202, told.text
        return told.json()["run"]

    def until(self, is_so: Any, what: str = "it") -> dict[str, Any]:
        """Read the stream until a state of the robot is as wanted; return it."""
        with self.http.stream("GET", "/api/events", timeout=WAIT_S) as answer:
            ends_s = time.monotonic() + WAIT_S
            for kind, data in sse(answer.iter_lines()):
                if kind == "desk" and is_so(data):
                    return data
                assert time.monotonic() < ends_s, f"{what} did not come"
        raise AssertionError(f"the stream ended before {what}")

    def saw(self, kind: str) -> None:
        """Wait until the newest run has an event of a kind."""
        with self.http.stream("GET", "/api/events", params={"after": self.begun}) as answer:
            for name, data in sse(answer.iter_lines()):
                if name == "" and data["event"]["event"] == kind:
                    return

    def ended(self) -> dict[str, Any]:
        """Wait for the end of the run and return the state."""
        return self.until(
            lambda desk: desk["work"] == "idle" and (desk["result"] or desk["problem"]), "the end"
        )


def sse(lines: Iterator[str]) -> Iterator[tuple[str, Any]]:
    """Yield kind and data of server-sent events."""
    kind, data = "", ""
    for line in lines:
        if line.startswith("event: "):
            kind = line[7:]
        elif line.startswith("data: "):
            data = line[6:]
        elif not line and data:
            yield kind, json.loads(data)
            kind, data = "", ""


@pytest.fixture(scope="module")
def kitchen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedKitchen]:
    """The server that the tests of a module share; it never runs anything for long."""
    served = ServedKitchen(tmp_path_factory.mktemp("kitchen"))
    yield served
    served.close()


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Any]:
    """Makes servers for one test."""
    made: list[ServedKitchen] = []

    def make(**options: Any) -> ServedKitchen:
        made.append(ServedKitchen(tmp_path, **options))
        return made[-1]

    yield make
    for served in made:
        served.close()
