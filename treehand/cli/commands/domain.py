"""``treehand domain``."""

from __future__ import annotations

from rich.table import Table

from treehand.cli.options import DeploymentOptions, Json, Load
from treehand.cli.views.output import console_for
from treehand.cli.views.plain_output import print_json
from treehand.orchestrator.config.deployment import Deployment

EXAMPLE = "treehand domain"


def domain(*, as_json: Json = False, load: Load = False, deployment: DeploymentOptions) -> None:
    """Show objects, predicates, skills and goals.

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
    console.print(objects, facts, skills)
    console.print("Goals it knows by name: " + "; ".join(goal.words[0] for goal in known.goals))
