"""Tools of a robot for LangChain and LangGraph agents."""

from __future__ import annotations

from collections.abc import Callable

from langchain_core.tools import BaseTool, StructuredTool

from treehand.integrations.robot_tools import RobotTools, Tool


def langchain_tools(tools: RobotTools) -> list[BaseTool]:
    """Return the tools of a robot as LangChain tools.

    Args:
        tools: The robot's tools.
    """
    return [_structured(tools, tool) for tool in tools.tools]


def _structured(tools: RobotTools, tool: Tool) -> BaseTool:
    return StructuredTool(
        name=tool.name,
        description=tool.description,
        args_schema=tool.schema,
        func=_function(tools, tool.name),
    )


def _function(tools: RobotTools, name: str) -> Callable[..., str]:
    def use(**arguments: str) -> str:
        return tools.use(name, arguments)

    return use
