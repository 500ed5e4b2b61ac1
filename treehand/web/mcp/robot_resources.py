"""Documents of the served robot that a model's host may read: domain, beliefs, files, runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from treehand.orchestrator.config.deployment import Deployment
from treehand.web.desk.camera_feed import CameraFeed
from treehand.web.desk.file_shelf import FileShelf
from treehand.web.desk.goal_desk import GoalDesk
from treehand.web.desk.robot_desk import RobotDesk
from treehand.web.desk.run_archive import RunArchive
from treehand.web.mcp.agent_call import AgentResource, Values
from treehand.web.mcp.robot_status import facts_of, status_of

JSON = "application/json"
YAML = "application/yaml"
MAX_RUNS = 50
"""Most runs that are listed."""
MAX_EVENTS = 5000
"""Most events of a journal in one document."""
SCHEME = "treehand://"


class RobotResources:
    """The documents.

    Args:
        desk: The robot.
        goals: Its proposals.
        archive: Its runs.
        shelf: Files of the served folder.
        cameras: Its cameras.
    """

    def __init__(
        self,
        desk: RobotDesk,
        goals: GoalDesk,
        archive: RunArchive,
        shelf: FileShelf,
        cameras: CameraFeed,
    ) -> None:
        self._desk = desk
        self._goals = goals
        self._archive = archive
        self._shelf = shelf
        self._cameras = cameras

    def all(self) -> tuple[AgentResource, ...]:
        """Return the documents."""
        return (*self._of_now(), *self._of_the_past(), *self._of_the_place())

    def runs(self) -> list[str]:
        """Return the numbers of the latest runs, the newest first."""
        return [report.run for report in self._archive.latest(MAX_RUNS, "")]

    def cameras(self) -> list[str]:
        """Return the names of the cameras."""
        return list(self._cameras.names(self._desk.robot))

    def _of_now(self) -> tuple[AgentResource, ...]:
        return (
            AgentResource(
                f"{SCHEME}status",
                "status",
                "Robot status",
                "Work, stops, what waits for a person, the last result. Changes are told.",
                JSON,
                lambda _: _json(status_of(self._desk, self._goals)),
                version=lambda: _json(status_of(self._desk, self._goals)),
            ),
            AgentResource(
                f"{SCHEME}facts",
                "facts",
                "Beliefs about the world",
                "Every belief with its source and its age in seconds.",
                JSON,
                lambda _: _json(facts_of(self._desk)),
            ),
            AgentResource(
                f"{SCHEME}cameras/{{camera}}",
                "camera",
                "Picture of a camera",
                "Newest picture of one camera.",
                "image/jpeg",
                lambda given: self._cameras.picture(self._desk.robot, given["camera"]).content,
                self.cameras,
            ),
        )

    def _of_the_past(self) -> tuple[AgentResource, ...]:
        return (
            AgentResource(
                f"{SCHEME}runs",
                "runs",
                "Runs",
                "Latest runs, the newest first, with goal and outcome. Changes are told.",
                JSON,
                lambda _: _json([one.model_dump(mode="json") for one in self._latest()]),
                version=lambda: (self._archive.newest, self._desk.work == "running"),
            ),
            AgentResource(
                f"{SCHEME}runs/{{run}}/journal",
                "journal",
                "Journal of a run",
                "Events of a run, one JSON object a line, as docs/reference/events.md tells them.",
                "application/x-ndjson",
                self._journal,
                self.runs,
            ),
            AgentResource(
                f"{SCHEME}runs/{{run}}/tree",
                "tree",
                "Tree of a run",
                "Behavior tree of a run with the last status of every node.",
                JSON,
                lambda given: self._archive.tree(given["run"], None).model_dump_json(),
                self.runs,
            ),
        )

    def _of_the_place(self) -> tuple[AgentResource, ...]:
        return (
            AgentResource(
                f"{SCHEME}domain",
                "domain",
                "Domain and scene",
                "Objects, predicates and skills that goals and trees may name.",
                JSON,
                lambda _: _json(_place(self._desk.robot.deployment)),
            ),
            AgentResource(
                f"{SCHEME}files/{{+file}}",
                "file",
                "File of the served folder",
                "Tree, scenario, scene or another file of the served folder, as YAML.",
                YAML,
                lambda given: self._shelf.read(given["file"]),
                lambda: [name for name, _ in self._shelf.names()],
            ),
        )

    def _latest(self) -> list[Any]:
        return list(self._archive.latest(MAX_RUNS, ""))

    def _journal(self, given: Values) -> str:
        entries = self._archive.entries(given["run"], 0, MAX_EVENTS)
        return "".join(f"{entry.model_dump_json()}\n" for entry in entries)


def text_of(resources: tuple[AgentResource, ...], uri: str) -> Callable[[], str]:
    """Return the reader of a document without parameters."""
    found = next(one for one in resources if one.uri == uri)
    return lambda: str(found.read({}))


def _json(data: object) -> str:
    return json.dumps(data, ensure_ascii=False)


def _place(deployment: Deployment) -> dict[str, Any]:
    domain, scene = deployment.domain, deployment.scene
    return {
        "domain": domain.domain,
        "scene": scene.scene,
        "objects": {
            name: {"type": model.type, "words": list(model.words)}
            for name, model in scene.objects.items()
        },
        "predicates": {
            name: {"signature": str(known), "says": domain.predicates[name].say}
            for name, known in deployment.vocabulary.predicates.items()
        },
        "skills": {
            name: {
                "signature": str(domain.signature(name)),
                "takes_s": skill.duration,
                "failures": [code.value for code in skill.failures],
                "does": skill.doc,
                "is_irreversible": bool(skill.irreversible),
            }
            for name, skill in domain.skills.items()
        },
    }
