"""``treehand domain``."""

from __future__ import annotations

from rich.table import Table

from treehand.cli.arguments.options import DeploymentOptions, Json, Load
from treehand.cli.views.output import console_for
from treehand.cli.views.plain_output import print_json
from treehand.orchestrator.config.deployment import Deployment
from treehand.planners import SceneHazards
from treehand.skills.domain.hazards.hazard import Hazard

EXAMPLE = "treehand domain"


def domain(*, as_json: Json = False, load: Load = False, deployment: DeploymentOptions) -> None:
    """Show objects, predicates, skills, hazards.

    All of them are read from the domain file and the scene file, not from the world.
    """
    loaded = Deployment.load(deployment.overrides(), imports=load)
    known, place = loaded.domain, loaded.scene
    predicates = {name: str(s) for name, s in loaded.vocabulary.predicates.items()}
    if as_json:
        report = {
            "domain": known.domain,
            "scene": place.scene,
            "objects": {name: model.type for name, model in place.objects.items()},
            "predicates": {
                name: {"signature": text, "known_by": known.predicates[name].known_by}
                for name, text in predicates.items()
            },
            "skills": {name: str(known.signature(name)) for name in known.skills},
            "goals": [goal.words[0] for goal in known.goals],
            "hazards": [_rule(rule) for rule in loaded.hazards.rules],
            "properties": _properties(loaded.hazards),
        }
        print_json(report)
        return
    console = console_for(as_json=False)
    objects = Table(
        "object", "type", "also called", box=None, title=f"Objects of scene {place.scene}"
    )
    for name, model in place.objects.items():
        objects.add_row(name, model.type, ", ".join(model.words))
    facts = Table("predicate", "known by", "in words", box=None, title="Predicates")
    for name, text in predicates.items():
        facts.add_row(text, known.predicates[name].known_by, known.predicates[name].say)
    skills = Table("skill", "takes", "failures", "what it does", box=None, title="Skills")
    for name, skill in known.skills.items():
        codes = ", ".join(code.value for code in skill.failures)
        final = " (cannot be undone)" if skill.irreversible else ""
        takes = f"{skill.duration:g} s"
        skills.add_row(str(known.signature(name)), takes, codes, skill.doc + final)
    rules = Table("hazard", "level", "about", "reason", box=None, title="Hazards")
    for rule in loaded.hazards.rules:
        rules.add_row(rule.rule or "(own)", rule.level, rule.about, rule.reason)
    properties = Table("property", "objects", box=None, title="Properties that hazards are about")
    for name, having in _properties(loaded.hazards).items():
        properties.add_row(name, ", ".join(having))
    console.print(objects, facts, skills, rules, properties)
    console.print("Goals it knows by name: " + "; ".join(goal.words[0] for goal in known.goals))


def _rule(rule: Hazard) -> dict[str, str]:
    """Return a hazard rule as JSON holds it."""
    told = {"rule": rule.rule, "level": rule.level}
    return {**told, "about": rule.about, "reason": rule.reason}


def _properties(hazards: SceneHazards) -> dict[str, list[str]]:
    """Return each property that an object has, with the objects that have it."""
    found = {
        name: [key for key, thing in hazards.things.items() if thing.has(name)]
        for name in hazards.properties
    }
    return {name: objects for name, objects in found.items() if objects}
