"""A base of ROS 2 for the tests against the real rosbridge: an action server, services, a topic.

    python tests/rosbridge/live_base.py '{"ends": ["abort:208", "succeed"]}'

It runs where rclpy and nav2_msgs are installed (docs/how-to/develop.md), and imports nothing of
this project. Settings, as JSON:
    ends: How goals end, one after the other, the last one for all others: succeed, abort:CODE,
        hang, refuse.
    honks: Whether the horn works.
    best_effort: True if where it is is published as best effort, as sensors are.
"""

from __future__ import annotations

import json
import sys
import threading
import time

import rclpy
from geometry_msgs.msg import PoseStamped
from nav2_msgs.action import NavigateToPose
from rclpy.action import ActionServer, CancelResponse, GoalResponse
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.executors import MultiThreadedExecutor
from rclpy.node import Node
from rclpy.qos import qos_profile_sensor_data
from std_srvs.srv import Trigger

PLACES = {"dock": (0.0, 0.0), "table": (1.0, 2.0), "shelf": (-3.0, 0.5)}


class Base(Node):
    """Drives to a pose in half a second, and tells where it is five times a second."""

    def __init__(self, settings: dict) -> None:
        super().__init__("base")
        self.settings, self.count, self.place = settings, 0, "dock"
        group = ReentrantCallbackGroup()
        kept = qos_profile_sensor_data if settings.get("best_effort") else 10
        self.where = self.create_publisher(PoseStamped, "/where", kept)
        self.create_timer(0.2, self.tell_where, callback_group=group)
        self.create_service(Trigger, "/honk", self.honk, callback_group=group)
        self.server = ActionServer(
            self,
            NavigateToPose,
            "/navigate_to_pose",
            self.drive,
            goal_callback=self.judge,
            cancel_callback=lambda goal: CancelResponse.ACCEPT,
            callback_group=group,
        )

    def end(self) -> str:
        ends = self.settings.get("ends", ["succeed"])
        return ends[min(self.count, len(ends)) - 1]

    def judge(self, goal: NavigateToPose.Goal) -> GoalResponse:
        self.count += 1
        print("goal", flush=True)
        return GoalResponse.REJECT if self.end() == "refuse" else GoalResponse.ACCEPT

    def drive(self, handle) -> NavigateToPose.Result:
        end, begun_s = self.end(), time.monotonic()
        result = NavigateToPose.Result()
        while end == "hang" or time.monotonic() - begun_s < 0.5:
            handle.publish_feedback(NavigateToPose.Feedback(distance_remaining=1.5))
            if handle.is_cancel_requested:
                handle.canceled()
                print("canceled", flush=True)
                return result
            time.sleep(0.05)
        if end.startswith("abort:"):
            result.error_code, result.error_msg = int(end[6:]), "no way through"
            handle.abort()
            return result
        x = handle.request.pose.pose.position.x
        self.place = min(PLACES, key=lambda one: abs(PLACES[one][0] - x))
        handle.succeed()
        return result

    def honk(self, request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        response.success = bool(self.settings.get("honks", True))
        response.message = "" if response.success else "no air"
        return response

    def tell_where(self) -> None:
        told = PoseStamped()
        told.header.frame_id = "map"
        told.header.stamp = self.get_clock().now().to_msg()
        told.pose.position.x, told.pose.position.y = PLACES[self.place]
        self.where.publish(told)


def main() -> None:
    rclpy.init()
    base = Base(json.loads(sys.argv[1]) if len(sys.argv) > 1 else {})
    executor = MultiThreadedExecutor(num_threads=4)
    executor.add_node(base)
    threading.Thread(target=executor.spin, daemon=True).start()
    print("ready", flush=True)
    sys.stdin.read()  # until the test closes it
    executor.shutdown()
    base.destroy_node()  # else the others believe for a while that it is there
    rclpy.shutdown()


if __name__ == "__main__":
    main()
