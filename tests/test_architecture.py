"""The shape of the house: where imports point, what a base install loads, whose names are whose."""

import ast
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "treehand"
FLOORS = {
    "core": 0,
    "documents": 0,
    "skills": 1,
    "trees": 2,
    "worlds": 2,
    "planners": 3,
    "orchestrator": 4,
    "scenarios": 5,
    "learning": 5,
    "console": 6,
    "authoring": 6,
    "cli": 7,
    "integrations": 7,
    "web": 7,
}
"""Room to floor: a room imports from floors below its own, and from itself."""
ON_THE_SAME_FLOOR = {("documents", "core"), ("cli", "web"), ("cli", "integrations")}
SUB_ROOMS = {
    "cli": {
        "views": (),
        "stopping": ("user_name", "views"),
        "input": ("stopping", "views"),
        "arguments": (),
        "commands": (
            *("arguments", "command_index", "evaluation_report", "input", "past_run"),
            *("plan_approval", "run_report", "run_tracing", "stopping", "user_name", "views"),
        ),
    },
    "core": {
        "events": ("error_record", "evidence", "literals"),
        "files": ("errors",),
        "source": ("errors", "spans"),
        "text": ("errors",),
    },
    "skills": {"domain": (), "contracts": ("domain",), "vla": ("contracts", "domain")}
    | {"evidence": ("contracts", "domain", "vla")},
    "skills/vla": {
        "contract": (),
        "conversion": ("contract",),
        "control": ("contract", "conversion"),
        "reference": ("contract",),
        "adapters": ("contract", "reference"),
    },
    "trees": {
        "format": (),
        "checking": ("format",),
        "runtime": ("format",),
        "engine": ("runtime",),
        "nodes": ("engine", "format", "runtime"),
        "assembly": ("checking", "engine", "format", "nodes", "runtime"),
        "drawing": ("assembly", "format"),
        "interop": ("assembly", "checking", "engine", "format"),
    },
    "trees/interop": {"btcpp": (), "groot": ("btcpp",)},
    "trees/interop/btcpp": {
        "format": (),
        "importing": ("format",),
        "exporting": ("format", "importing"),
    },
    "worlds": {"simulated": (), "kitchen": ("simulated",), "tabletop": ("simulated",)}
    | {"physics": ("robot_file", "simulated"), "paper": ("definition", "simulated")}
    | {"ros": ("definition",)},
    "worlds/physics": {
        "robots": (),
        "model": ("robots",),
        "sim": ("model", "robots"),
        "perception": ("model", "port", "sim"),
        "skills": ("model", "port", "robots"),
        "teaching": ("model", "perception", "port", "robot", "skills"),
    },
    "planners": {
        "goals": (),
        "rollout": ("goals",),
        "reading": ("goals",),
        "synthesis": ("goals", "rollout"),
        "hazards": ("goals", "reading", "synthesis"),
        "search": ("goals", "rollout", "synthesis"),
        "llm": ("goals", "hazards", "reading", "synthesis"),
        "verification": ("goals", "rollout", "search", "synthesis"),
        "pddl": ("goals", "rollout", "search"),
    },
    "planners/verification": {"branching": (), "exploration": ("branching",)},
    "planners/llm": {
        "contract": (),
        "answers": (),
        "endpoints": ("answers", "contract"),
        "asking": ("answers", "contract"),
        "reading": ("answers", "asking", "contract"),
        "planning": ("answers", "asking", "contract"),
    },
    "planners/reading": {
        "words": (),
        "speech": ("words",),
        "acts": ("speech", "words"),
        "lexicon": ("words",),
        "conditions": ("speech", "words"),
        "nouns": ("lexicon", "words"),
        "grammar": ("conditions", "lexicon", "nouns", "speech", "words"),
        "encoder": (),
        "learned": ("words",),
        "requests": ("encoder", "grammar", "lexicon", "nouns", "speech", "words"),
    },
    "planners/reading/speech": {
        "loose": ("frame_words",),
        "clauses": ("disfluency", "frame_words", "loose"),
    },
    "planners/reading/requests": {"parts": ("phrasing",)},
    "orchestrator": {
        "people": (),
        "config": ("people",),
        "safety": (),
        "faults": ("config",),
        "states": (),
        "store": ("config", "safety", "states"),
        "history": ("config", "store"),
        "exports": ("config", "history", "running", "sessions", "states", "store"),
        "proposing": ("config", "running", "store"),
        "evidence": ("config", "history", "people", "store"),
        "running": ("config", "evidence", "faults", "people", "safety"),
        "sessions": [
            "config",
            "faults",
            "history",
            "improving",
            "people",
            "proposing",
            "running",
            "safety",
            "states",
            "store",
        ],
        "improving": ("config", "evidence", "history", "store"),
        "modelling": ("config", "history", "improving", "sessions", "store"),
        "forking": [
            "config",
            "exports",
            "faults",
            "history",
            "people",
            "running",
            "sessions",
            "states",
            "store",
        ],
    },
    "learning": {
        "datasets": (),
        "demonstrations": ("datasets",),
        "training": ("datasets",),
        "evaluation": ("training",),
        "practice": ("demonstrations", "evaluation", "training"),
    },
    "authoring": {
        "migration": ("file_types",),
        "language": ("check", "file_types", "migration", "schema"),
        "lsp": ("file_types", "language"),
    },
    "web": {"access": (), "desk": ("access",), "api": ("access", "desk")}
    | {"mcp": ("access", "desk")},
    "scenarios": {
        "format": (),
        "engines": ("format",),
        "running": ("engines", "format"),
        "suites": ("engines", "format", "running"),
        "campaigns": ("engines", "format", "running", "suites"),
        "reports": ("campaigns", "format", "running", "suites"),
        "benchmarks": ("engines", "format", "suites"),
    },
}
"""Room to its sub-rooms, each with the sub-rooms that it may import.

Modules that stand in the room itself may import its sub-rooms; a sub-room imports such a module
only where its row names it.
"""
HOMES = {
    "torch": "skills/vla/reference skills/vla/adapters learning/training learning/practice",
    "pyarrow": "learning/datasets",
    "openai": "planners/llm/endpoints",
    "langchain": "planners/llm/endpoints",
    "langchain_core": "planners/llm/endpoints integrations",
    "genai_prices": "planners/llm/asking",
    "py_trees": "trees",
    "mcap": "orchestrator/exports",
    "opentelemetry": "orchestrator/exports",
    "zmq": "orchestrator/exports skills/vla/adapters",
    "lsprotocol": "authoring/lsp",
    "pygls": "authoring/lsp",
    "mcp": "web/mcp",
    "mcp_types": "web/mcp",
    "mujoco": "worlds/physics",
    "resvg_py": "trees/drawing",
    "unified_planning": "planners/pddl",
    "yaml": "documents trees/format",
    "typer": "cli",
    "starlette": "web",
    "uvicorn": "web",
}
HEAVY = (
    "torch",
    "pyarrow",
    "openai",
    "langchain",
    "mujoco",
    "ray",
    "starlette",
    "uvicorn",
)


def modules(room: str = "") -> Iterator[Path]:
    """Yield the modules of a room, or of the whole package."""
    yield from sorted((PACKAGE / room).rglob("*.py"))


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@cache
def imports(path: Path) -> tuple[tuple[int, str], ...]:
    """Return line and module name of every import, late ones included."""
    return tuple(_imports(path))


def _imports(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}:{node.lineno}: imports are absolute"
            yield node.lineno, str(node.module)


def ours(path: Path) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield line and place inside the package of every import of our own."""
    for line, module in imports(path):
        first, *rest = module.split(".")
        if first == "treehand" and rest:
            yield line, tuple(rest)


@pytest.mark.parametrize("room", FLOORS)
def test_imports_point_down(room):
    for path in modules(room):
        for line, (to, *_) in ours(path):
            below = to == room or FLOORS[to] < FLOORS[room] or (room, to) in ON_THE_SAME_FLOOR
            assert below, f"{path}:{line}: {room} may not import {to}"


@pytest.mark.parametrize("room", SUB_ROOMS)
def test_imports_between_sub_rooms_point_down(room):
    table = SUB_ROOMS[room]
    depth = len(room.split("/"))
    wrong = []
    for name, below in table.items():
        for path in modules(f"{room}/{name}"):
            for line, place in ours(path):
                if "/".join(place[:depth]) != room:
                    continue
                to = place[depth] if len(place) > depth else ""
                if to not in (name, *below):
                    wrong.append(f"{path.relative_to(PACKAGE)}:{line}: imports {'.'.join(place)}")
    assert not wrong, "\n".join(wrong)


def test_every_folder_of_a_room_is_in_the_table():
    for room, table in SUB_ROOMS.items():
        folders = {path.parent.name for path in (PACKAGE / room).glob("*/__init__.py")}
        assert folders == set(table), room
    assert {path.parent.name for path in PACKAGE.glob("*/__init__.py")} == set(FLOORS)


@pytest.mark.parametrize("library", HOMES)
def test_a_library_has_one_home(library):
    homes = HOMES[library].split()
    for path in modules():
        where = str(path.relative_to(PACKAGE))
        for line, module in imports(path):
            if module.split(".")[0] == library:
                assert any(where.startswith(home) for home in homes), f"{where}:{line}"


EXTRAS = {"genai_prices", "openai_chat", "langchain_chat"}
"""Heavy clients, and our modules that need one: loaded when they are asked for."""


def test_only_the_command_line_and_heavy_extras_are_imported_late():
    for path in modules():
        if "cli" in path.parts or path.name == "__main__.py":
            continue
        tree = parsed(path)
        optional = (node.body for node in tree.body if isinstance(node, ast.Try | ast.If))
        top = {id(node) for body in (tree.body, *optional) for node in body}
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                name = node.module if isinstance(node, ast.ImportFrom) else node.names[0].name
                if "llm" in path.parts and str(name).split(".")[-1] in EXTRAS:
                    continue
                assert id(node) in top, f"{path}:{node.lineno} imports late"


def run_python(code: str, *, cwd: Path = ROOT) -> str:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        cwd=cwd,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_base_runs_without_heavy_libraries():
    """An import hook refuses them, and a whole kitchen is cleaned all the same."""
    run_python(f"""
        import sys

        class Refuse:
            def find_spec(self, name, path=None, target=None):
                if name.split(".")[0] in {HEAVY!r}:
                    raise ImportError(name + " must not be needed")

        sys.meta_path.insert(0, Refuse())
        import treehand
        result = treehand.run("clean the kitchen", by="a test")
        assert result.world_true, result
        assert not set({HEAVY!r}) & set(sys.modules)
        """)


def test_importing_treehand_and_asking_for_help_is_light():
    run_python("""
        import sys
        import treehand
        loaded = {"py_trees", "numpy", "yaml", "pydantic"} & set(sys.modules)
        assert not loaded, loaded
        from treehand.__main__ import main
        sys.argv = ["treehand", "--help"]
        try:
            main()
        except SystemExit as end:
            assert end.code in (0, None)
        assert not {"py_trees", "numpy", "yaml", "pydantic"} & set(sys.modules)
        """)


def test_a_users_own_skills_and_trees_packages_live_beside_ours(tmp_path):
    """The point of the import name: nobody's top-level `skills` or `trees` is shadowed."""
    for name in ("skills", "trees"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(f"OWNER = 'the user of {name}'\n")
    out = run_python(
        """
        import skills, trees
        import treehand.skills, treehand.trees
        from treehand.skills import skill
        from treehand.trees import TreeLibrary
        print(skills.OWNER, "|", trees.OWNER, "|", treehand.skills.__name__)
        assert skills is not treehand.skills and trees is not treehand.trees
        assert TreeLibrary.packaged().find("put_away")
        """,
        cwd=tmp_path,
    )
    assert out.strip() == "the user of skills | the user of trees | treehand.skills"


UNIT_TESTS = Path(__file__).parent / "unit"


@pytest.mark.parametrize(
    "path",
    sorted(UNIT_TESTS.glob("*/test_*.py")),
    ids=lambda path: f"{path.parent.name}/{path.stem}",
)
def test_a_file_of_unit_tests_bears_the_name_of_what_it_tests(path):
    subject = path.stem.removeprefix("test_")
    room = PACKAGE / path.parent.name
    found = [*room.rglob(f"{subject}.py"), *room.rglob(f"{subject}/__init__.py")]
    assert found, f"{path}: no module or sub-room '{subject}' in {room.name}"


def test_every_package_says_what_it_exports():
    for path in modules():
        if path.name == "__init__.py":
            names = [
                ast.literal_eval(node.value)
                for node in parsed(path).body
                if isinstance(node, ast.Assign | ast.AnnAssign)
                and "__all__" in ast.unparse(node).split("=")[0]
            ]
            assert names, f"{path} has no __all__"
            assert names[0] == sorted(names[0], key=lambda n: (not n.isupper(), n[0].islower(), n))


DOORS = {"cli/views/plain_output.py", "core/text/printable_console.py"}
"""Modules that write to a stream, or read markup: what they show is printable, whoever wrote it."""


def _forbidden(node: ast.AST) -> str | None:
    """Return how a node goes around the doors of output; None if it does not."""
    if isinstance(node, ast.ImportFrom) and node.module in ("rich.console", "rich.markup", "rich"):
        names = {alias.name for alias in node.names}
        markup = names & {"escape", "print"} or (node.module == "rich.markup" and names)
        return f"imports {markup} of Rich" if markup else None
    if not isinstance(node, ast.Call):
        return None
    called = ast.unparse(node.func)
    if called in ("print", "typer.echo", "typer.secho", "click.echo", "Console", "pprint"):
        return f"calls {called}"
    if called.endswith((".from_markup", "stdout.write", "stderr.write", ".print_exc")):
        return f"calls {called}"
    if called == "marked" and not _is_literal(node.args[0]):
        return "gives `marked` a template that is put together"
    wrong = [k.arg for k in node.keywords if k.arg == "markup"]
    return f"asks for markup in {called}" if wrong else None


def _is_literal(node: ast.expr) -> bool:
    if isinstance(node, ast.IfExp):
        return _is_literal(node.body) and _is_literal(node.orelse)
    return isinstance(node, ast.Constant)


def test_nothing_is_shown_around_the_doors_of_output():
    """Text from outside could steer a terminal there, or be taken for markup."""
    wrong = [
        f"{path.relative_to(PACKAGE)}:{node.lineno}: {found}"
        for path in modules()
        if str(path.relative_to(PACKAGE)) not in DOORS
        for node in ast.walk(parsed(path))
        if (found := _forbidden(node)) is not None
    ]
    assert not wrong, "\n".join(wrong)
