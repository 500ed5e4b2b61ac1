"""A journal that cannot be written any more: the run ends, and its robot comes to rest."""

import sqlite3

import pytest

from tests.conftest import planned
from tests.driving import Session
from treehand.core.errors import StorageError
from treehand.core.events import SkillStarted, Stopped
from treehand.orchestrator.store.workspace import Workspace


class Disk:
    """A disk that is full from some moment on."""

    is_full = False

    def barrier(self):
        if self.is_full:
            raise sqlite3.OperationalError("database or disk is full")


@pytest.mark.parametrize("moment", ["skill-started", "facts-changed", "skill-ended"])
def test_a_halt_goes_on_where_its_events_cannot_be_written(deployment, tmp_path, moment):
    disk, events = Disk(), []
    workspace = Workspace(tmp_path / "runs", barrier=disk.barrier)
    session = Session(deployment, workspace=workspace)
    plan = planned(session, "put the red mug in the sink")
    approval = session.robot.approve(plan, by="a test")

    def take(event):
        events.append(event)
        disk.is_full = disk.is_full or event.event == moment

    session.watch(take)
    with pytest.raises(StorageError, match="database or disk is full"):
        session.robot.run(approval)
    assert [type(event) for event in events].count(SkillStarted) <= 2
    assert [event.acknowledged for event in events if isinstance(event, Stopped)] == [True]
    result = session.robot.runs.current.result
    assert [robot.state for robot in result.stop.robots] == ["stopped"]
    assert session.robot.stops
    disk.is_full = False
    session.close()
