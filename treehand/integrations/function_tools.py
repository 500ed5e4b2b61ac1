"""Tools of a robot for chat endpoints with OpenAI's function tools."""

from __future__ import annotations

from typing import Any

from treehand.integrations.robot_tools import RobotTools


def function_tools(tools: RobotTools) -> list[dict[str, Any]]:
    """Return the tools of a robot as the ``tools`` of a chat completion.

    Args:
        tools: The robot's tools.
    """
    return [
        {
            "type": "function",
            "function": {
                "name": tool.name,
                "description": tool.description,
                "parameters": tool.schema,
                "strict": True,
            },
        }
        for tool in tools.tools
    ]
