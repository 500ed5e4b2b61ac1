"""Skills and their signatures, read from the source of Python files."""

import inspect
import textwrap

import pytest

from treehand.core.errors import InputError
from treehand.core.source.declarations import declaration_at
from treehand.orchestrator.config.code import DeclaredCode
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.skills.signatures import signature_problem


@pytest.fixture
def declared(tmp_path):
    def read(text, name="grab"):
        (tmp_path / "mine.py").write_text("raise SystemExit\n" + textwrap.dedent(text))
        return declaration_at(f"mine.py:{name}", tmp_path)

    return read


PARAMETERS = [
    "context, item",
    "context, /, item, *, force=3.0",
    "context, item=None, *rest",
    "*arguments, **more",
    "context, a, b, c=1, /, d=2",
    "",
]


@pytest.mark.parametrize("parameters", PARAMETERS)
def test_a_signature_that_is_read_fits_like_one_that_is_inspected(declared, parameters):
    text = f"def grab({parameters}):\n    yield\n"
    names: dict[str, object] = {}
    exec(text, names)
    read, inspected = declared(text).signature, inspect.signature(names["grab"])
    assert list(read.parameters) == list(inspected.parameters)
    for count in range(5):
        wanted = ["x"] * count
        assert bool(signature_problem(read, wanted)) == bool(signature_problem(inspected, wanted))


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ("context, part, target, source", "'target' would get the value of 'source'"),
        ("context, source, target, part", "'source' would get the value of 'part'"),
        ("context, thing, a, b", ""),
        ("context, part, *places", ""),
    ],
)
def test_names_of_the_model_at_other_places_do_not_fit(declared, parameters, told):
    """Arguments are passed by position: the robot would bring the part to where it comes from."""
    signature = declared(f"def grab({parameters}):\n    yield\n").signature
    problem = signature_problem(signature, ["part", "source", "target"])
    assert told in problem
    assert bool(told) == bool(problem)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("import treehand as th\n@th.skill('a')\n", "treehand.skill"),
        ("from treehand import skill as s\n@s('a')\n", "treehand.skill"),
        ("from treehand.skills import skill\n@skill('a')\n", "treehand.skills.skill"),
        ("import treehand.skills\n@treehand.skills.skill('a')\n", "treehand.skills.skill"),
        ("def skill(name): ...\n@skill('a')\n", "skill"),
        ("@(lambda f: f)\n", ""),
    ],
)
def test_the_name_of_a_decorator_is_followed_through_imports(declared, text, name):
    [decorator] = declared(text + "def grab(context):\n    yield\n").decorators
    assert decorator.name == name


@pytest.mark.parametrize(
    ("text", "is_known"),
    [
        ("def grab(c): ...\n", True),
        ("class grab: ...\n", True),
        ("grab = 3\n", True),
        ("grab = make()\n", False),
        ("from other import grab\n", False),
        ("from other import *\n", False),
        ("if x:\n    def grab(c): ...\n", False),
        ("def grab(c): ...\ndef grab(c, d): ...\n", False),
        ("try:\n    from a import grab\nexcept ImportError:\n    grab = None\n", False),
        ("with x as grab: ...\n", False),
        ("match x:\n    case {'a': grab}: ...\n", False),
        ("def __getattr__(name): ...\n", False),
    ],
)
def test_what_only_running_would_tell_is_not_known(declared, text, is_known):
    assert declared(text).is_known is is_known


def test_only_the_function_s_own_yields_make_it_a_generator(declared):
    assert declared("def grab(c):\n    x = yield from more()\n").is_generator
    assert not declared("def grab(c):\n    def inner():\n        yield\n").is_generator
    assert not declared("def grab(c):\n    return lambda: (yield)\n").is_generator


@pytest.mark.parametrize(
    "content",
    [
        b"def (\n",
        b"\x00",
        b"# coding: no-such\nx = 1\n",
        b"\xff\xfe",
        b"(" * 100_000,
        b"x = " + b"-" * 200_000 + b"1\n",
    ],
)
def test_a_file_that_is_no_python_is_a_finding(tmp_path, content):
    (tmp_path / "mine.py").write_bytes(content)
    with pytest.raises(InputError, match="unknown-module"):
        declaration_at("mine.py:grab", tmp_path)


def test_a_module_is_found_without_importing_its_package(tmp_path, monkeypatch):
    package = tmp_path / "hostile"
    package.mkdir()
    (package / "__init__.py").write_text("raise SystemExit\n")
    (package / "inner.py").write_text("raise SystemExit\ndef grab(c): ...\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert declaration_at("hostile.inner:grab", tmp_path).is_known
    assert declaration_at("sys:path", tmp_path) is None
    with pytest.raises(InputError, match="unknown-module"):
        declaration_at("hostile.other:grab", tmp_path)


BINDING = "bindings: {pick: mine.py:grab}\n"


@pytest.mark.parametrize("imports", [True, False])
def test_a_signature_that_does_not_fit_is_found_with_all_positions(tmp_path, imports):
    (tmp_path / "treehand.yaml").write_text(BINDING)
    (tmp_path / "mine.py").write_text(
        "from treehand import skill\n\n@skill('pick')\ndef grab(context):\n    yield\n"
    )
    with pytest.raises(InputError, match="wrong-signature") as caught:
        Deployment.load(DeploymentOverrides(config=tmp_path / "treehand.yaml"), imports=imports)
    [finding] = caught.value.findings
    assert (finding.span.line, finding.span.column) == (1, 18)
    assert f"{tmp_path / 'mine.py'}:4:1" in finding.message
    assert "kitchen.domain.yaml:" in finding.message
    assert "pick(context, item)" in finding.message


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("grab = 3\n", "not-a-skill"),
        ("def grab(context, item):\n    yield\n", "not-a-skill"),
        ("def grip(context, item):\n    yield\n", "not-a-skill"),
        (
            "from treehand import skill\n@skill('pick')\ndef grab(context, item): ...\n",
            "unstoppable-skill",
        ),
    ],
)
def test_the_source_shows_that_a_binding_cannot_serve(tmp_path, text, code):
    (tmp_path / "treehand.yaml").write_text(BINDING)
    (tmp_path / "mine.py").write_text(text)
    with pytest.raises(InputError, match=code):
        Deployment.load(DeploymentOverrides(config=tmp_path / "treehand.yaml"), imports=False)


def test_the_skills_of_an_installed_package_are_read(tmp_path, monkeypatch):
    metadata = tmp_path / "elsewhere-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: elsewhere\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(
        "[treehand.skills]\nmany = elsewhere\nopaque = nowhere\n"
    )
    (tmp_path / "elsewhere.py").write_text(
        "raise SystemExit\nfrom treehand.skills import skill\n"
        "@skill('juggle', world='circus')\ndef juggle(context, item):\n    yield\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    catalog = DeclaredCode().installed_skills()
    assert catalog.names("circus") == ("juggle", "opaque")
    assert catalog.names("kitchen") == ("opaque",)


def test_a_world_s_skills_serve_their_own_domain_s_signatures_only(tmp_path):
    (tmp_path / "parts.domain.yaml").write_text(
        "domain: parts\ntypes: {part: , bench: , appliance: }\n"
        "predicates: {held: {params: {part: part}}}\n"
        "skills:\n"
        "  pick: {params: {part: part, bench: bench}, effects: [held(part)]}\n"
        "  open: {params: {lid: appliance}, effects: []}\n"
    )
    (tmp_path / "parts.scene.yaml").write_text("scene: parts\ndomain: parts\nobjects: {}\n")
    paths = {"domain": tmp_path / "parts.domain.yaml", "scene": tmp_path / "parts.scene.yaml"}
    catalog = Deployment.load(DeploymentOverrides(**paths)).catalog
    assert catalog.find("pick", "kitchen") is None
