"""The shape of the house: where imports point, what a base install loads, whose names are whose."""

import ast
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FLOORS = {"treehand": 0, "skills": 1, "trees": 2, "worlds": 2, "planners": 3, "orchestrator": 4}
HOMES = {
    "torch": "skills/vla",
    "openai": "planners/llm",
    "langchain": "planners/llm",
    "langchain_core": "planners/llm",
    "genai_prices": "planners/llm",
    "xllamacpp": "planners/llm",
    "py_trees": "trees",
    "mujoco": "worlds/physics",
    "unified_planning": "planners/pddl",
    "yaml": "treehand trees",
    "typer": "orchestrator/cli",
}
HEAVY = ("torch", "openai", "langchain", "xllamacpp", "mujoco", "ray", "nicegui")


def modules(package: str) -> Iterator[Path]:
    for path in sorted((ROOT / package).rglob("*.py")):
        if not any(parent.is_symlink() for parent in (path, *path.parents)):
            yield path


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Yield line and absolute module name of every import, late ones included."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    package = ["treehand", *parts] if parts[0] != "treehand" else list(parts)
    package = package[:-1]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            yield node.lineno, ".".join([*base, *filter(None, [node.module])])


def room(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[1] in FLOORS else "treehand"


@pytest.mark.parametrize("package", FLOORS)
def test_imports_point_down(package):
    for path in modules(package):
        if path.name == "__main__.py":
            continue
        for line, module in imports(path):
            if module.split(".")[0] == "treehand":
                to = room(module)
                below = to == package or FLOORS[to] < FLOORS[package]
                assert below, f"{path}:{line}: {package} may not import {to}"


@pytest.mark.parametrize("library", HOMES)
def test_a_library_has_one_home(library):
    for package in FLOORS:
        for path in modules(package):
            where = str(path.relative_to(ROOT))
            for line, module in imports(path):
                if module.split(".")[0] == library:
                    homes = HOMES[library].split()
                    assert any(where.startswith(home) for home in homes), f"{where}:{line}"


EXTRAS = {"xllamacpp", "genai_prices", "openai_chat", "langchain_chat", "local_model"}
"""Heavy clients, and our modules that need one: loaded when they are asked for."""


def test_only_the_command_line_and_heavy_extras_are_imported_late():
    for package in FLOORS:
        for path in modules(package):
            if "cli" in path.parts or path.name == "__main__.py":
                continue
            tree = ast.parse(path.read_text())
            optional = (node.body for node in tree.body if isinstance(node, ast.Try))
            top = {id(node) for body in (tree.body, *optional) for node in body}
            for node in ast.walk(tree):
                if isinstance(node, ast.Import | ast.ImportFrom):
                    name = node.module if isinstance(node, ast.ImportFrom) else node.names[0].name
                    if path.parent.name == "llm" and name in EXTRAS:
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
        from treehand.orchestrator.achieve import achieve
        result = achieve("clean the kitchen", seed=0)
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


def test_every_package_says_what_it_exports():
    for package in FLOORS:
        for path in modules(package):
            if path.name == "__init__.py":
                names = [
                    ast.literal_eval(node.value)
                    for node in ast.parse(path.read_text()).body
                    if isinstance(node, ast.Assign | ast.AnnAssign)
                    and "__all__" in ast.unparse(node).split("=")[0]
                ]
                assert names, f"{path} has no __all__"
                assert names[0] == sorted(
                    names[0], key=lambda n: (not n.isupper(), n[0].islower(), n)
                )
