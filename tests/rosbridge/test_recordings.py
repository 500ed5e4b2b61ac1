"""Conversations with the recorded messages of a real rosbridge on ROS 2.

`tests/nightly/test_rosbridge_suite.py` holds the same ones with the real server, and records them
where `TREEHAND_ROS_RECORD` names a folder.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.rosbridge.conversations import CONVERSATIONS

pytest.importorskip("websockets")
RECORDINGS = Path(__file__).parent / "recordings"


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_a_recorded_conversation_ends_as_it_did(tmp_path, name):
    from tests.rosbridge.recording import Replay

    replay = Replay(RECORDINGS / f"{name}.jsonl")
    with replay.serving() as url:
        CONVERSATIONS[name].hold(tmp_path, url, replay.heard)


def test_the_recordings_have_fragments_and_ids_of_ros_2():
    """The total of fragments has a fraction; goals have ids of 16 bytes."""
    text = (RECORDINGS / "retry_in_fragments.jsonl").read_text()
    assert '\\"op\\": \\"fragment\\"' in text
    assert re.search(r"total[^}]*\d\.\d", text)
    assert "goal_id" in (RECORDINGS / "stop_a_goal.jsonl").read_text()
