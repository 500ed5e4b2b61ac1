"""A robot that `treehand serve` serves, with the surface of `treehand.Robot`; needs no extra.

    import treehand as th
    from treehand.client import connect

    with connect("http://127.0.0.1:8765", token_file="token") as robot:
        plan = robot.propose("put the red mug in the sink")
        result = robot.run(robot.approve(plan, by="Ada"))

A script moves from its own process to a served robot by the line that opens it. ``by`` is who is in
control: the name of the viewer that signed in stands in the journal.
"""

from treehand.integrations.client.http_session import ServerError
from treehand.integrations.client.remote_robot import RemoteRobot, connect

__all__ = ["RemoteRobot", "ServerError", "connect"]
