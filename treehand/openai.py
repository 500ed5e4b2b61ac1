"""Treehand for agents that are built on OpenAI's function tools; needs no extra.

    import treehand as th
    from treehand.openai import RobotTools, function_tools

    with th.open() as robot:
        tools = RobotTools(robot)
        reply = client.chat.completions.create(tools=function_tools(tools), …)
        for call in reply.choices[0].message.tool_calls or ():
            said = tools.use(call.function.name, call.function.arguments)

The model may understand, plan, ask for the status, explain and stop. It cannot approve.
"""

from treehand.integrations.function_tools import function_tools
from treehand.integrations.robot_tools import RobotTools

__all__ = ["RobotTools", "function_tools"]
