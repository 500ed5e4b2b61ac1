"""Small sound files to begin with (``treehand new``), made from the templates of this package.

``templates/any`` serves every domain; ``templates/DOMAIN`` has the files and commands that are
better told with the words of that domain.
"""

from __future__ import annotations

import itertools
import shlex
from collections.abc import Mapping
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from keyword import iskeyword
from pathlib import Path
from string import Template

from treehand.core.errors import InputError
from treehand.documents.composer import compose
from treehand.orchestrator.config.deployment_file import FILE_NAME
from treehand.skills.domain import Atom, Call, Domain, Scene, conjuncts

ANY = "any"
"""The folder of templates that serve every domain."""
COMMANDS = "next.yaml"
"""The file of a folder of templates that says which commands to try, by kind."""
STARTERS: Mapping[str, Mapping[str, str]] = {
    "tree": {"{name}.tree.yaml": "tree.yaml"},
    "scenario": {"{name}.scenario.yaml": "scenario.yaml"},
    "domain": {
        "{name}.domain.yaml": "domain.yaml",
        "{name}.scene.yaml": "scene.yaml",
        "{name}.scenario.yaml": "first_scenario.yaml",
        FILE_NAME: "world.yaml",
    },
    "world": {
        "{name}.domain.yaml": "domain.yaml",
        "{name}.scene.yaml": "scene.yaml",
        "{name}_world.py": "world.py.txt",
        FILE_NAME: "own_world.yaml",
    },
    "skill": {"{name}_skill.py": "skill.py.txt", FILE_NAME: "binding.yaml"},
}
"""Kinds of starters: file name to template."""


def starter(
    kind: str,
    name: str,
    domain: Domain,
    *,
    scene: Scene | None = None,
    settings: Mapping[str, str] | None = None,
    config: str = FILE_NAME,
) -> dict[str, str]:
    """Return the texts of a starter, by file name.

    Args:
        kind: ``tree``, ``scenario``, ``domain``, ``world`` or ``skill``.
        name: Name of the tree, scenario, domain or skill.
        domain: The domain whose skills and predicates the files use.
        scene: The scene whose objects a scenario's goal is about.
        settings: Keys with which a scenario selects its world: ``world``, ``domain``, ``scene``.
        config: Name of the deployment file of a new domain or world.

    Raises:
        InputError: If there is no starter of that kind, or no such skill in the domain.
    """
    _require_kind(kind)
    if kind == "skill":
        values = _skill_values(name, domain)
    else:
        values = _values(name, domain, scene)
        values["config"] = config
        values["settings"] = "\n".join(f"{key}: {text}" for key, text in (settings or {}).items())
    return {
        config if file == FILE_NAME else file.format(name=name): _filled(
            _template(domain.domain, template), values
        )
        for file, template in STARTERS[kind].items()
    }


def next_commands(
    kind: str, name: str, domain: Domain, folder: Path, *, config: str = FILE_NAME
) -> list[str]:
    """Return the commands to try on a starter that was written into `folder`.

    Args:
        kind: Kind of starter.
        name: Its name.
        domain: The domain whose words the commands use.
        folder: Folder of the files.
        config: Name of the deployment file there.
    """
    _require_kind(kind)
    inside = "" if folder == Path() else f"{folder}/"
    values = {"name": name, "in": shlex.quote(inside) if inside else "", "class": _class(name)}
    values["config"] = config
    for place in (domain.domain, ANY):
        commands = _commands(place).get(kind)
        if commands:
            return [Template(command).substitute(values) for command in commands]
    return []


def _require_kind(kind: str) -> None:
    if kind not in STARTERS:
        hint = f"one of: {', '.join(STARTERS)}"
        raise InputError.of("unknown-kind", f"there is no starter for '{kind}'", hint=hint)


def _folder(domain: str) -> Traversable:
    return resources.files(__package__) / "templates" / domain


def _template(domain: str, name: str) -> str:
    """Return a template of a domain; that for any domain if it has none of its own."""
    own = _folder(domain) / name
    found = own if own.is_file() else _folder(ANY) / name
    return found.read_text(encoding="utf-8")


@cache
def _commands(domain: str) -> Mapping[str, tuple[str, ...]]:
    file = _folder(domain) / COMMANDS
    if not file.is_file():
        return {}
    data, findings = compose(file.read_text(encoding="utf-8"), file=str(file))
    if findings or data is None:
        raise InputError(findings)
    return {kind: tuple(commands) for kind, commands in data.items()}


def _filled(text: str, values: Mapping[str, str]) -> str:
    """Return a template with its values; a line with an empty one is left out."""
    kept = []
    for line in text.splitlines(keepends=True):
        template = Template(line)
        if all(values[key] for key in template.get_identifiers() if key != "substitution"):
            kept.append(template.substitute(values))
    return "".join(kept)


def _values(name: str, domain: Domain, scene: Scene | None) -> dict[str, str]:
    """Return the templates for any domain, filled with the words of one."""
    values = dict.fromkeys(("params", "call", "retry", "fault"), "")
    values |= {
        "class": _class(name),
        "name": name,
        "domain": domain.domain,
        "goal": f'"{_goal(domain, scene)}"',
    }
    skills = domain.skills.items()
    found = next((pair for pair in skills if pair[1].failures), next(iter(skills), None))
    if found is None:
        return values
    skill, model = found
    params = ", ".join(f"{param}: {type_}" for param, type_ in model.params.items())
    codes = [code.value for code in (model.retry.on if model.retry else model.failures)]
    return values | {
        "params": f"{{{params}}}" if params else "",
        "call": str(Call(skill, tuple(model.params))),
        "retry": f"{{attempts: 3, on: [{', '.join(codes)}]}}" if codes else "",
        "fault": f"fail({codes[0]})" if codes else "",
    }


def _class(name: str) -> str:
    """Return the name of a class for a name: ``my_bench`` gives ``MyBench``."""
    return "".join(part.capitalize() for part in name.split("_")) or "World"


def _goal(domain: Domain, scene: Scene | None) -> str:
    """Return a goal of a domain: one that people name, else the effects of its last skill."""
    named = (goal.words[0] for goal in domain.goals if not goal.params and goal.words)
    words = next(named, None)
    if words is not None or not domain.skills:
        return words or "true"
    model = list(domain.skills.values())[-1]
    effects = [part for effect in model.effects for part in conjuncts(effect)]
    atoms = [one for one in effects if isinstance(one, Atom) and one.positive and one.fact.terms]
    if not atoms or scene is None:
        return str(atoms[0] if atoms else model.effects[0])
    vocabulary = domain.vocabulary({name: one.type for name, one in scene.objects.items()})
    options = (reversed(vocabulary.objects(type_)) for type_ in model.params.values())
    choices = itertools.product(*options)
    bindings = (dict(zip(model.params, choice, strict=True)) for choice in choices)
    goals = (atom.substitute(binding) for binding in bindings for atom in atoms)
    return str(next((goal for goal in goals if goal.fact not in scene.facts), atoms[0]))


def _skill_values(name: str, domain: Domain) -> dict[str, str]:
    model = domain.skills.get(name)
    if model is None:
        hint = f"describe it in the domain first, or take one of: {', '.join(domain.skills)}"
        message = f"the domain '{domain.domain}' has no skill '{name}'"
        raise InputError.of("unknown-skill", message, hint=hint)
    spelled = {param: f"{param}_" if iskeyword(param) else param for param in model.params}
    names = list(spelled.values())
    pairs = ", ".join(f'"{param}": {name}' for param, name in spelled.items())
    return {
        "name": name,
        "parameters": ", ".join(["context", *names]),
        "doc": model.doc or name,
        "effect": " and ".join(map(str, model.effects)),
        "substitution": f".substitute({{{pairs}}})" if names else "",
    }
