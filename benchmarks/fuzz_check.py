"""Feeds mutated files to the checker: none may crash it, hang it, or be accepted wrongly.

    python -m benchmarks.fuzz_check [--files 20000] [--seed 0] [--json]

Two kinds of mutation of the trees and the domain that come with the package:

- *blind*: bytes are changed, lines dropped, doubled, moved or indented anew. Whatever comes out,
  the checker must answer; a file without findings must read the same after it was written and read
  again, and must compile.
- *known*: one thing is broken on purpose (a name, a key, an arity, a duration, a bracket), so that
  a file which is accepted was accepted wrongly.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from benchmarks.machine import describe
from treehand.core.clock import VirtualClock
from treehand.documents.lenient import parse_leniently
from treehand.orchestrator.config.deployment import Deployment
from treehand.skills.domain import Facts, QuantifierBindings, domain_findings
from treehand.skills.domain.model import Domain
from treehand.trees import (
    CompiledTree,
    Runtime,
    SymbolicBeliefs,
    TreeSpec,
    check_tree,
    parse_tree,
    symbolic_runtime,
    tree_to_yaml,
)
from treehand.trees.format.files import LIBRARY_FOLDER

HANG_S = 5.0
"""A check that takes longer than this hangs."""
SIGNS = "{}[]:,-'\"#|>&*!%@`? \t\n\\\x00\x7f\u00e9\u2028\ufeffabz019"

Mutation = Callable[[str, random.Random], str]


def _bytes(text: str, random_: random.Random) -> str:
    at = random_.randrange(len(text))
    kind = random_.randrange(3)
    sign = random_.choice(SIGNS)
    return text[:at] + ("", sign, sign)[kind] + text[at + (kind != 2) :]


def _lines(text: str, random_: random.Random) -> str:
    lines = text.split("\n")
    at, kind = random_.randrange(len(lines)), random_.randrange(5)
    if kind == 0:
        del lines[at]
    elif kind == 1:
        lines.insert(at, lines[random_.randrange(len(lines))])
    elif kind == 2:
        lines[at] = " " * random_.randrange(9) + lines[at].lstrip()
    elif kind == 3:
        other = random_.randrange(len(lines))
        lines[at], lines[other] = lines[other], lines[at]
    else:
        lines[at] = lines[at][: random_.randrange(len(lines[at]) + 1)]
    return "\n".join(lines)


def _blind(text: str, random_: random.Random) -> str:
    for _ in range(random_.randrange(1, 5)):
        text = random_.choice((_bytes, _lines))(text, random_) or "x"
    return text


def _replaced(pattern: str, change: Callable[[re.Match[str], random.Random], str]) -> Mutation:
    def mutate(text: str, random_: random.Random) -> str:
        found = list(re.finditer(pattern, text))
        if not found:
            return text
        match = random_.choice(found)
        return text[: match.start()] + change(match, random_) + text[match.end() :]

    return mutate


def _typo(match: re.Match[str], random_: random.Random) -> str:
    word = match[0]
    at = random_.randrange(len(word))
    return word[:at] + "qx" + word[at:]


KNOWN: dict[str, Mutation] = {
    "typo in a skill": _replaced(r"(?<=do: )[a-z_]+(?=\()", _typo),
    "typo in a subtree": _replaced(r"(?<=subtree: )[a-z_]+(?=\()", _typo),
    "typo in a predicate": _replaced(r"(?<=check: )[a-z_]+(?=\()", _typo),
    "typo in a key": _replaced(
        r"\b(do|check|root|retry|timeout|sequence|fallback|each)(?=:)", _typo
    ),
    "typo in a failure code": _replaced(r"grasp-dropped|path-blocked", _typo),
    "typo in an argument": _replaced(r"(?<=\()(item|place|tool)(?=[,)])", _typo),
    "one argument more": _replaced(r"(?<=do: )[a-z_]+\(", lambda m, r: m[0] + "sink, "),
    "duration without a unit": _replaced(r"(?<=timeout: [0-9])([0-9]*) s", lambda m, r: m[1]),
    "bracket missing": _replaced(r"(?<=do: )[a-z_]+\(", lambda m, r: m[0][:-1]),
    "no bound": _replaced(r"(?<=attempts: )[0-9]+", lambda m, r: r.choice(("0", "-1", "1e9"))),
    "wrong type": _replaced(r"(?<=: )(movable|container|sink|sponge)(?=[,}])", _typo),
}


class Target:
    """The checker, with the kitchen for its names."""

    def __init__(self) -> None:
        self.deployment = Deployment.load()
        folder = LIBRARY_FOLDER
        self.trees = {path: path.read_text("utf-8") for path in sorted(folder.glob("*.yaml"))}
        self.domain = self.deployment.kind.domain.read_text("utf-8")

    def check_tree(self, text: str, path: Path) -> bool:
        """Return whether a text is accepted; raise if it is accepted, but no good."""
        tree, findings = parse_leniently(text, TreeSpec, file=str(path))
        if tree is None:
            assert findings, "nothing could be read, and nobody says why"
            return False
        deployment = self.deployment
        names = (deployment.domain, deployment.vocabulary, deployment.library)
        found = [*findings, *check_tree(tree, *names, has_gaps=bool(findings))]
        if any(finding.severity == "error" for finding in found):
            return False
        again = parse_tree(tree_to_yaml(tree), file=str(path))
        assert again == tree, "it reads differently after it was written"
        CompiledTree(tree, self._arguments(tree), deployment.library, self._runtime())
        return True

    def _arguments(self, tree: TreeSpec) -> dict[str, str]:
        objects = self.deployment.vocabulary.objects
        return {name: (objects(kind) or ("",))[0] for name, kind in tree.params.items()}

    def _runtime(self) -> Runtime:
        facts = Facts(self.deployment.vocabulary)
        return symbolic_runtime(
            self.deployment.domain,
            SymbolicBeliefs(facts, QuantifierBindings(), VirtualClock(), lambda event: None),
            lambda activation: None,  # type: ignore[arg-type, return-value]
        )

    def check_domain(self, text: str) -> None:
        """Check a domain file."""
        domain, findings = parse_leniently(text, Domain, file="fuzz.domain.yaml")
        assert domain is not None or findings
        list(domain_findings(domain) if domain is not None else ())


def fuzz(files: int, seed: int) -> dict[str, object]:
    """Return what came of checking that many mutated files."""
    random_, target = random.Random(seed), Target()
    paths = list(target.trees)
    counts: Counter[str] = Counter()
    bad: list[str] = []
    slowest_s = 0.0
    number = 0
    while number < files:
        path = random_.choice(paths)
        kind = random_.choice(["blind", "blind", "domain", *KNOWN])
        source = target.domain if kind == "domain" else target.trees[path]
        mutate = KNOWN.get(kind, _blind)
        text = mutate(source, random_)
        if text == source:
            continue  # the mutation found nothing to break here
        number += 1
        began = time.perf_counter()
        try:
            if kind == "domain":
                target.check_domain(text)
                counts["domain"] += 1
            elif target.check_tree(text, path):
                counts["accepted"] += 1
                if kind in KNOWN:
                    bad.append(f"#{number} {path.name}: {kind}: accepted")
            else:
                counts["rejected"] += 1
        except Exception as error:  # whatever it is, it is what this program looks for
            bad.append(f"#{number} {path.name}: {kind}: {type(error).__name__}: {error}")
        slowest_s = max(slowest_s, time.perf_counter() - began)
    if slowest_s > HANG_S:
        bad.append(f"one check took {slowest_s:.1f} s")
    return {"counts": dict(counts), "slowest_s": round(slowest_s, 3), "bad": bad}


def main() -> None:
    """Fuzz and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    report = fuzz(options.files, options.seed)
    if options.json:
        print(json.dumps({"machine": describe(), "files": options.files, **report}))
        return
    print(f"{describe()}; {options.files} files, seed {options.seed}")
    print(f"  {report['counts']}, slowest {report['slowest_s']} s")
    for line in report["bad"]:  # type: ignore[attr-defined]
        print(f"  {line}")
    print("none crashed, hung or was accepted wrongly" if not report["bad"] else "see above")


if __name__ == "__main__":
    main()
