"""Treehand for LangChain and LangGraph agents: ``pip install 'treehand[llm]'``.

    import treehand as th
    from treehand.langchain import RobotTools, langchain_tools

    with th.open() as robot:
        tools = RobotTools(robot)
        agent = create_agent(model, langchain_tools(tools))

The agent may understand, plan, ask for the status, explain and stop. It cannot approve: a person
does, and the program runs the plan that it finds in ``tools.plans``.
"""

from treehand.integrations.langchain_tools import langchain_tools
from treehand.integrations.robot_tools import RobotTools

__all__ = ["RobotTools", "langchain_tools"]
