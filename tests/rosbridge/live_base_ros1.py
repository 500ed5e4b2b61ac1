"""A base of ROS 1 for the tests against the real rosbridge: an action server, a service, a topic.

    python tests/rosbridge/live_base_ros1.py '{"ends": ["abort:208", "succeed"]}'

It runs where rospy, actionlib and move_base_msgs are installed (docs/how-to/develop.md), and
imports nothing of this project. Settings, as JSON:
    ends: How goals end, one after the other, the last one for all others: succeed, abort:CODE,
        hang, refuse. There are no codes in ROS 1; CODE is not told.
"""

from __future__ import annotations

import json
import sys
import threading
import time

import actionlib
import rospy
from geometry_msgs.msg import PoseStamped
from move_base_msgs.msg import MoveBaseAction, MoveBaseFeedback, MoveBaseResult
from std_srvs.srv import Trigger, TriggerResponse

PLACES = {"dock": (0.0, 0.0), "table": (1.0, 2.0), "shelf": (-3.0, 0.5)}


class Base:
    """Drives to a pose in half a second, and tells where it is five times a second."""

    def __init__(self, settings: dict) -> None:
        self.ends, self.count, self.place = settings.get("ends", ["succeed"]), 0, "dock"
        self.cancelled: dict[str, threading.Event] = {}
        self.where = rospy.Publisher("/where", PoseStamped, queue_size=10)
        rospy.Timer(rospy.Duration(0.2), self.tell_where)
        rospy.Service("/honk", Trigger, lambda request: TriggerResponse(True, ""))
        self.server = actionlib.ActionServer(
            "/move_base", MoveBaseAction, self.take, self.cancel, auto_start=False
        )
        self.server.start()

    def take(self, handle) -> None:
        self.count += 1
        print("goal", flush=True)
        end = self.ends[min(self.count, len(self.ends)) - 1]
        if end == "refuse":
            handle.set_rejected(MoveBaseResult(), "not there")
            return
        handle.set_accepted()
        self.cancelled[handle.get_goal_id().id] = threading.Event()
        threading.Thread(target=self.drive, args=(handle, end), daemon=True).start()

    def cancel(self, handle) -> None:
        self.cancelled[handle.get_goal_id().id].set()

    def drive(self, handle, end: str) -> None:
        begun_s, cancelled = time.monotonic(), self.cancelled[handle.get_goal_id().id]
        while end == "hang" or time.monotonic() - begun_s < 0.5:
            told = MoveBaseFeedback()
            told.base_position.pose.position.x = 1.5
            handle.publish_feedback(told)
            if cancelled.wait(0.1):
                handle.set_canceled(MoveBaseResult(), "stopped")
                print("canceled", flush=True)
                return
        if end.startswith("abort"):
            handle.set_aborted(MoveBaseResult(), "no way through")
            return
        x = handle.get_goal().target_pose.pose.position.x
        self.place = min(PLACES, key=lambda one: abs(PLACES[one][0] - x))
        handle.set_succeeded(MoveBaseResult())

    def tell_where(self, event: object) -> None:
        told = PoseStamped()
        told.header.frame_id = "map"
        told.header.stamp = rospy.Time.now()
        told.pose.position.x, told.pose.position.y = PLACES[self.place]
        self.where.publish(told)


def main() -> None:
    rospy.init_node("base", disable_signals=True)
    base = Base(json.loads(sys.argv[1]) if len(sys.argv) > 1 else {})
    print("ready", flush=True)
    sys.stdin.read()  # until the test closes it
    rospy.signal_shutdown(f"{base.count} goals")


if __name__ == "__main__":
    main()
