"""Names and summaries of all commands, grouped by task. Help and completion need nothing else."""

from __future__ import annotations

from collections.abc import Mapping

MAX_SUMMARY = 45
"""Longest summary, in characters: it fits its column on a terminal of 80 columns."""

COMMANDS: Mapping[str, Mapping[str, str]] = {
    "Run": {
        "run": "Plan a goal, ask for approval and run it.",
        "console": "Interactive console.",
        "serve": "Serve a page, an HTTP API, and MCP.",
        "approve": "Approve and run a plan of a served robot.",
        "resume": "Continue a run that was stopped or crashed.",
        "stop": "Stop everything that runs, and latch it.",
        "rearm": "Show what a stopped world holds; re-arm it.",
        "goal": "Show how a goal is understood.",
        "plan": "Plan a goal; nothing moves.",
        "verify": "Verify a tree against failures of its steps.",
    },
    "Author": {
        "new": "Write a small file to start from.",
        "import": "Read a tree of another system.",
        "check": "Check trees, domains, scenes and scenarios.",
        "fmt": "Format files; comments are kept.",
        "diff": "Compare two trees by meaning.",
        "migrate": "Rename a thing in all files; a diff first.",
        "lsp": "Language server for editors.",
        "schema": "Print the JSON Schema of a file type.",
        "domain": "Show objects, predicates, skills, hazards.",
        "suggest": "Suggest changes of the domain from past runs.",
        "check-skill": "Check that a skill keeps its contract.",
        "check-world": "Check that a world keeps its contract.",
        "check-parts": "Check reader, person, planner, listeners.",
        "check-policy": "Check a policy server; nothing moves.",
    },
    "Test": {
        "test": "Run scenarios as regression tests.",
        "campaign": "Inject every declared failure, one at a time.",
        "compare": "Compare two scenarios on the same seeds.",
        "bench": "Measure policies at benchmark tasks.",
    },
    "Learn": {
        "demo": "Record runs as a dataset.",
        "finetune": "Train a policy on a dataset.",
        "practise": "Let a policy or a task practise.",
        "evaluate": "Measure how often a policy succeeds.",
        "calibrate": "Choose a detector's threshold from past runs.",
        "improve": "Learn parameters from past runs.",
    },
    "Look back": {
        "runs": "List past runs.",
        "prune": "Delete old runs.",
        "show": "Draw a tree file or a past run.",
        "fork": "Run a past run again with one thing changed.",
        "replay": "Print a run again, event by event.",
        "explain": "Answer a question about a past run.",
        "export": "Write runs or a tree for other programs.",
    },
    "Set up": {
        "doctor": "Check this installation and its deployment.",
        "worlds": "List the worlds that are installed.",
    },
}
"""Task to its commands, each with its summary: the first line of the command's docstring.

The command `check-skill` of the task ``Author`` is the function `check_skill` in
`treehand.cli.commands.author.check_skill`.
"""


def module_of(name: str) -> str:
    """Return the dotted name of a command's module."""
    for task, commands in COMMANDS.items():
        if name in commands:
            folder = task.lower().replace(" ", "_")
            return f"treehand.cli.commands.{folder}.{name.replace('-', '_')}"
    raise KeyError(name)
