"""Skills from files and from installed packages."""

import sys

import pytest

from treehand.core.errors import InputError
from treehand.skills import SkillCatalog, load_definition
from treehand.worlds import find_world


def test_a_definition_is_loaded_from_a_file(tmp_path):
    (tmp_path / "mine.py").write_text(
        "from treehand.skills import skill\n\n\n@skill('x')\ndef grab(context, item):\n    yield\n"
    )
    loaded = load_definition("mine.py:grab", name="pick", folder=tmp_path)
    assert loaded.name == "pick"


@pytest.mark.parametrize(
    ("reference", "code"),
    [
        ("nowhere.py:grab", "unknown-module"),
        ("no_such_module_at_all:grab", "unknown-module"),
        ("mine.py:grip", "not-a-skill"),
        ("broken.py:grab", "unknown-module"),
    ],
)
def test_a_reference_that_leads_nowhere_is_explained(tmp_path, reference, code):
    (tmp_path / "mine.py").write_text("grip = 3\n")
    (tmp_path / "broken.py").write_text("def (\n")
    with pytest.raises(InputError, match=code):
        load_definition(reference, name="pick", folder=tmp_path)


@pytest.fixture
def package(tmp_path, monkeypatch):
    """An installed package, as pip leaves it: a module, and metadata with entry points."""
    (tmp_path / "elsewhere.py").write_text(
        "from dataclasses import replace\n"
        "from treehand.skills import skill\n"
        "from treehand.worlds import find_world\n\n\n"
        "@skill('juggle')\n"
        "def juggle(context, item):\n"
        "    yield\n\n\n"
        "garden = replace(find_world('kitchen'), name='garden')\n"
    )
    metadata = tmp_path / "elsewhere-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: elsewhere\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(
        "[treehand.skills]\nelsewhere = elsewhere\n\n[treehand.worlds]\ngarden = elsewhere:garden\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    yield
    sys.modules.pop("elsewhere", None)


def test_an_installed_package_brings_skills_and_worlds(package):
    assert SkillCatalog.from_entry_points().find("juggle", "anywhere") is not None
    assert find_world("garden").name == "garden"
    with pytest.raises(InputError, match="did you mean 'garden'"):
        find_world("gardn")


@pytest.mark.parametrize(
    ("value", "part"),
    [("nowhere_at_all", "No module named"), ("elsewhere:garden", "of elsewhere leads to")],
)
def test_a_package_that_is_broken_is_named(package, tmp_path, value, part):
    entry_points = tmp_path / "elsewhere-1.0.dist-info" / "entry_points.txt"
    entry_points.write_text(f"[treehand.skills]\nelsewhere = {value}\n")
    with pytest.raises(InputError, match="broken-plugin") as caught:
        SkillCatalog.from_entry_points()
    assert part in str(caught.value)


def test_a_module_that_a_file_needs_is_named_in_the_hint(tmp_path):
    (tmp_path / "needy.py").write_text("import no_such_driver_at_all\n")
    with pytest.raises(InputError) as caught:
        load_definition("needy.py:grab", name="pick", folder=tmp_path)
    assert "the module 'no_such_driver_at_all'" in caught.value.findings[0].hint
    with pytest.raises(InputError) as caught:
        load_definition("no_such_package_at_all.deep:grab", name="pick", folder=tmp_path)
    assert "module:function" in caught.value.findings[0].hint
