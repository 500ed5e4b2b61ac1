"""The built page is what its sources give, and names what it holds."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "treehand" / "web" / "page"


def test_the_notices_name_what_the_lock_file_has():
    lock = json.loads((PAGE / "package-lock.json").read_text())["packages"]
    held = {
        f"{path.removeprefix('node_modules/')} {one['version']} ({one['license']})"
        for path, one in lock.items()
        if path and not one.get("dev")
    }
    notices = (PAGE / "built" / "THIRD_PARTY_NOTICES").read_text()
    assert set(re.findall(r"^[@\w/.-]+ \d+\.\d+\.\d+ \(.+\)$", notices, re.M)) == held


def test_the_page_names_no_other_server_and_has_no_inline_code():
    built = PAGE / "built"
    html = (built / "index.html").read_text()
    assert not re.search(r"<script(?![^>]*src=)|<style|style=|https?:", html)
    assert "http" not in (built / "page.css").read_text()
    scripts = "".join((built / name).read_text() for name in ("page.js", "editor.js"))
    found = set(re.findall(r"https?://[\w./-]+", scripts))
    assert {url for url in found if not url.startswith("http://www.w3.org/")} == set()


@pytest.mark.browser
@pytest.mark.skipif(shutil.which("npm") is None, reason="there is no npm: install Node 20 or newer")
def test_a_build_gives_the_same_bytes(tmp_path):
    folder = tmp_path / "page"
    shutil.copytree(PAGE, folder, ignore=shutil.ignore_patterns("node_modules", "built"))
    for command in (["npm", "ci", "--no-audit"], ["npm", "run", "check"], ["npm", "run", "build"]):
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    names = {path.name for path in (PAGE / "built").iterdir()}
    assert names == {path.name for path in (folder / "built").iterdir()}
    for name in names:
        assert (PAGE / "built" / name).read_bytes() == (folder / "built" / name).read_bytes(), name
