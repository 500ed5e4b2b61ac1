"""``treehand schema`` and ``treehand new``."""

from __future__ import annotations

import json
import os
import re
import shlex
from pathlib import Path

from treehand.authoring.file_types import KINDS, kind_named
from treehand.authoring.schema import schema_of
from treehand.authoring.starters import next_commands, starter, write_new
from treehand.core.errors import InputError
from treehand.orchestrator.config.deployment import FILE_NAME, Deployment, DeploymentOverrides
from treehand.skills.domain import load_domain, load_scene


def print_schema(kind: str | None, out: Path | None) -> None:
    """Print the JSON Schema of one kind of file, or write those of all kinds into a folder."""
    if kind is not None and out is None:
        print(json.dumps(schema_of(kind_named(kind)), indent=2, ensure_ascii=False))
        return
    if out is None:
        names = ", ".join(known.name for known in KINDS)
        hint = f"one of {names}; or --out FOLDER for all of them"
        raise InputError.of("unknown-kind", "say which kind of file", hint=hint)
    out.mkdir(parents=True, exist_ok=True)
    for known in KINDS if kind is None else (kind_named(kind),):
        path = out / f"{known.name}.schema.json"
        text = json.dumps(schema_of(known), indent=2, ensure_ascii=False)
        path.write_text(text + "\n", encoding="utf-8")
        print(f"written to {path}")


def write_start(
    kind: str, name: str, folder: Path, *, config: Path | None, domain: Path | None
) -> None:
    """Write a small start that works, and say what to do with it."""
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
        deployment = Deployment.load(DeploymentOverrides(config=config))
        known, scene = deployment.domain, deployment.scene
        settings, options = {"world": deployment.kind.name}, ""
    files = starter(kind, name, known, scene=scene, settings=settings)
    binding = files.get(FILE_NAME)
    is_bound = (folder / FILE_NAME).exists()
    if binding is not None and is_bound:
        del files[FILE_NAME]
    folder.mkdir(parents=True, exist_ok=True)
    for path in write_new(files, folder):
        print(f"written to {path}")
    if binding is not None and is_bound:
        print(f"add this to {folder / FILE_NAME}:")
        print("\n".join(f"    {line}" for line in binding.splitlines()[1:]))
    print("next:")
    for command in next_commands(kind, name, known, folder):
        print(f"    {command}{options if kind == 'tree' else ''}")
