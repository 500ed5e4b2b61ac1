"""Conversations with the recorded messages of a real rosbridge on ROS 2, and on ROS 1.

`tests/nightly/test_rosbridge_suite.py` and `test_rosbridge_ros1.py` hold the same ones with the
real servers, and record them where `TREEHAND_ROS_RECORD` names a folder.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.rosbridge.conversations import CONVERSATIONS, ROS_1, ROS_2, Dialect

pytest.importorskip("websockets")
RECORDINGS = Path(__file__).parent / "recordings"
HELD = [
    (ros, name) for ros in (ROS_2, ROS_1) for name, one in CONVERSATIONS.items() if one.is_of(ros)
]


@pytest.mark.slow
@pytest.mark.parametrize(("ros", "name"), HELD, ids=[f"{r.action}-{n}" for r, n in HELD])
def test_a_recorded_conversation_ends_as_it_did(tmp_path, ros: Dialect, name):
    from tests.rosbridge.recording import Replay

    path = Path(__file__).parent / ros.recordings / f"{name}.jsonl"
    replay = Replay(path, CONVERSATIONS[name].pause_s)
    with replay.serving() as url:
        CONVERSATIONS[name].hold(tmp_path, url, replay.heard, ros)


def test_the_recordings_have_fragments_and_ids_of_ros_2():
    """The total of fragments has a fraction; goals have ids of 16 bytes."""
    text = (RECORDINGS / "retry_in_fragments.jsonl").read_text()
    assert '\\"op\\": \\"fragment\\"' in text
    assert re.search(r"total[^}]*\d\.\d", text)
    assert "goal_id" in (RECORDINGS / "stop_a_goal.jsonl").read_text()
