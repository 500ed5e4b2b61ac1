"""``treehand new``."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path
from typing import Annotated

import typer

from treehand.authoring.starters import next_commands, starter
from treehand.cli.arguments.options import Config, DomainFile
from treehand.cli.views.plain_output import print_lines
from treehand.core.errors import InputError
from treehand.core.files.new_files import write_new
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.deployment_file import FILE_NAME
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.skills.domain import load_domain, load_scene
from treehand.worlds import PAPER

EXAMPLE = "treehand new scenario dropped --in scenarios"


def new(
    kind: Annotated[str, typer.Argument(help="tree, skill, scenario, domain or world.")],
    name: Annotated[str, typer.Argument(help="Its name.")],
    *,
    folder: Annotated[Path, typer.Option("--in", help="Folder to write into.")] = Path(),
    domain: DomainFile = None,
    config: Config = None,
) -> None:
    """Write a small file to start from.

    The file works as it is, and the commands to try next are printed.
    """
    if not re.fullmatch(r"[a-z_][a-z0-9_]*", name) or name in ("null", "true", "false"):
        hint = "lower case letters, digits and '_'; not null, true or false"
        raise InputError.of("wrong-name", f"'{name}' is not a name", hint=hint)
    if domain is not None:
        known = load_domain(domain)
        scene_file = domain.with_name(f"{known.domain}.scene.yaml")
        scene = load_scene(scene_file, known) if scene_file.exists() else None
        used = {"domain": domain, "scene": scene_file} if scene else {"domain": domain}
        settings = {key: os.path.relpath(path, folder) for key, path in used.items()}
        options = "".join(f" --{key} {shlex.quote(str(path))}" for key, path in used.items())
    else:
        deployment = Deployment.load(DeploymentOverrides(config=config), imports=False)
        known, scene = deployment.domain, deployment.scene
        settings, options = _settings_of(deployment, folder), ""
    is_bound = (folder / FILE_NAME).exists()
    config_name = f"{name}.{FILE_NAME}" if is_bound and kind in ("domain", "world") else FILE_NAME
    files = starter(kind, name, known, scene=scene, settings=settings, config=config_name)
    binding = files.get(FILE_NAME)
    if binding is not None and is_bound:
        del files[FILE_NAME]
    for path in write_new(files, folder):
        print_lines(f"written to {path}")
    if binding is not None and is_bound:
        print_lines(f"add this to {folder / FILE_NAME}:")
        print_lines("\n".join(f"    {line}" for line in binding.splitlines()[1:]))
    print_lines("next:")
    for command in next_commands(kind, name, known, folder, config=config_name):
        print_lines(f"    {command}{options if kind == 'tree' else ''}")


def _settings_of(deployment: Deployment, folder: Path) -> dict[str, str]:
    """Return the keys with which a scenario in a folder selects a deployment, never a real robot.

    A deployment file is named, because the name of a world does not tell its domain and scene.
    """
    config = deployment.source.config
    if config is None:
        return {"world": deployment.kind.name}
    settings = {"config": os.path.relpath(config, folder)}
    return settings if deployment.kind.is_virtual else {**settings, "world": PAPER}
