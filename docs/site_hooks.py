"""Build hooks of the documentation site, named in mkdocs.yml."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

REMOTE = re.compile(
    r"<(?:script|img|iframe|source|video|audio)\b[^>]*\ssrc=[\"']?(?:https?:)?//[^\s\"'>]+"
    r"|<link\b(?=[^>]*rel=[\"']?(?:stylesheet|preconnect|preload|icon))"
    r"[^>]*href=[\"']?(?:https?:)?//[^\s\"'>]+"
    r"|@import\s+(?:url\()?[\"']?(?:https?:)?//[^\s\"')]+"
    r"|url\([\"']?(?:https?:)?//[^\s\"')]+",
    re.IGNORECASE,
)
"""Assets that a browser would fetch from a network; links that a reader clicks are fine."""


def remote_assets(folder: Path) -> list[str]:
    """Return `file: reference` for every asset of a built site that is not part of it."""
    found = []
    for path in sorted([*folder.rglob("*.html"), *folder.rglob("*.css")]):
        text = path.read_text(encoding="utf-8")
        found += [f"{path.relative_to(folder)}: {match[0]}" for match in REMOTE.finditer(text)]
    return found


SHIM = re.compile(r"https://unpkg\.com/iframe-worker/shim")
"""The theme's script for search in files that are opened without a web server."""


def on_post_page(output: str, page: Any, config: Any) -> str:
    """Take the theme's shim for search from the site itself."""
    return SHIM.sub("../" * page.url.count("/") + "javascripts/iframe_worker.js", output)


def on_post_template(output_content: str, template_name: str, config: Any) -> str:
    """Do the same for pages that are no documents, such as 404.html."""
    return SHIM.sub("javascripts/iframe_worker.js", output_content)


def on_post_build(config: Any) -> None:
    """Refuse a site that needs a network to be shown."""
    remote = remote_assets(Path(config["site_dir"]))
    if remote:
        raise SystemExit("assets from a network:\n" + "\n".join(remote))
