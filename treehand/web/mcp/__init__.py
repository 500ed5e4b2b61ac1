"""MCP server: tools with which a model looks, plans and stops; a person approves."""

__all__: list[str] = []
