"""Words said in twenty small places, read by the offline reader; a table of one line a place.

    python -m benchmarks.domains [--data FILE] [--only PLACE] [--verbose] [--json]

Each place of the file is made into a domain and a scene: surfaces, boxes, cupboards and openings
that open, devices that are switched, things of a few kinds, and jobs ("fold the shirt"). The domain
has the phrases of its skills alone, so that the reader's general words are what is judged.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from benchmarks.machine import describe
from benchmarks.understanding import Judged, run_rows, summary

DATA = Path(__file__).parent / "instructions" / "domains.yaml"
COLUMNS = ("n", "exact", "acceptable", "asked", "useless", "wrong", "right_or_asked")
_TYPES: dict[str, str | None] = {
    **{"place": None, "surface": "place", "container": "place", "box": "container"},
    **{"closable": "container", "cupboard": "closable", "opening": "closable"},
    **{"device": None, "movable": None},
}
_PREDICATES: dict[str, dict[str, Any]] = {
    "on": {"params": {"item": "movable", "place": "surface"}, "say": "{item} is on {place}"},
    "in": {"params": {"item": "movable", "place": "container"}, "say": "{item} is in {place}"},
    "holding": {"params": {"item": "movable"}, "say": "the robot holds {item}"},
    "hand_empty": {"say": "the hand is empty"},
    "is_open": {
        "params": {"place": "closable"},
        "say": "{place} is open",
        "say_not": "{place} is closed",
        "adjectives": ["open"],
        "adjectives_not": ["closed"],
    },
    "is_on": {
        "params": {"device": "device"},
        "say": "{device} is on",
        "say_not": "{device} is off",
    },
    "belongs": {
        "params": {"item": "movable", "place": "container"},
        "known_by": "given",
        "say": "{item} belongs in {place}",
    },
}
_EMPTY = "hand_empty()"


def domain_of(name: str, place: Mapping[str, Any]) -> dict[str, Any]:
    """Return the domain of a place, as its file would hold it."""
    types = dict(_TYPES) | dict.fromkeys(place["things"], "movable")
    predicates = {key: dict(model) for key, model in _PREDICATES.items()}
    skills = {
        "pick": _skill("pick up {item}", {"item": "movable"}, [_EMPTY], ["holding(item)"]),
        "put_on": _placing("on", "surface"),
        "put_in_box": _placing("in", "box"),
        "put_in": _placing("in", "cupboard", "is_open(place)"),
        "open": _skill("open {place}", {"place": "closable"}, [_EMPTY], ["is_open(place)"]),
        "close": _skill("close {place}", {"place": "closable"}, [_EMPTY], ["not is_open(place)"]),
        "switch_on": _skill(
            "switch {device} on", {"device": "device"}, [_EMPTY], ["is_on(device)"]
        ),
        "switch_off": _skill(
            "switch {device} off", {"device": "device"}, [_EMPTY], ["not is_on(device)"]
        ),
    }
    for done, (kind, verb) in place.get("jobs", {}).items():
        slot = "place" if kind == "surface" else "item"
        phrase = f"{verb} {{{slot}}}"
        predicates[done] = {
            "params": {slot: kind},
            "known_by": "predicted",
            "say": f"{{{slot}}} is {done}",
            "phrases": [phrase],
        }
        skills[verb] = _skill(phrase, {slot: kind}, [_EMPTY], [f"{done}({slot})"])
    away = "forall place in container where belongs(item, place) -> in(item, place)"
    return {
        "domain": name,
        "types": types,
        "predicates": predicates,
        "exclusive": [["on(item, _)", "in(item, _)", "holding(item)"], ["holding(_)", _EMPTY]],
        "skills": skills,
        "goals": [{"words": ["put {item} away"], "params": {"item": "movable"}, "goal": away}],
        "words": {"types": {"movable": ["thing", "item", "object", "everything"]}},
    }


def _placing(predicate: str, kind: str, *needs: str) -> dict[str, Any]:
    return _skill(
        f"put {{item}} {predicate} {{place}}",
        {"item": "movable", "place": kind},
        ["holding(item)", *needs],
        [f"{predicate}(item, place)", _EMPTY],
    )


def _skill(say: str, params: dict[str, str], needs: list[str], gives: list[str]) -> dict[str, Any]:
    return {
        "doc": f"{say.replace('{', 'the ').replace('}', '')}.".capitalize(),
        "say": say,
        "params": params,
        "preconditions": needs,
        "effects": gives,
        "duration": "5 s",
        "timeout": "30 s",
    }


def scene_of(name: str, place: Mapping[str, Any]) -> dict[str, Any]:
    """Return the scene of a place, as its file would hold it."""
    kinds = {"surfaces": "surface", "boxes": "box", "cupboards": "cupboard"}
    kinds |= {"openings": "opening", "devices": "device"}
    types = {thing: kind for key, kind in kinds.items() for thing in place.get(key, ())}
    types |= {thing: kind for kind, some in place["things"].items() for thing in some}
    facts = [_EMPTY, *(f"on({thing}, {where})" for thing, where in place["on"].items())]
    facts += [f"{key}({thing})" for key in ("is_on", "is_open") for thing in place.get(key, ())]
    for kind, kept in place.get("keeps", {}).items():
        facts += [f"belongs({thing}, {kept})" for thing in place["things"][kind]]
    objects = {thing: {"type": kind} for thing, kind in types.items()}
    return {"scene": name, "domain": name, "objects": objects, "facts": facts}


def rows_of(place: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the rows of a place, as `benchmarks.understanding` reads them."""
    for line in place["rows"].splitlines():
        text, right, *also = (cell.strip() for cell in line.split(" | "))
        goals = [_cell(one) for one in right.split(" || ")]
        yield {
            "text": text,
            "right": goals[0] if len(goals) == 1 else goals,
            "also": [one.strip() for one in also[0].split(",")] if also else [],
        }


def _cell(text: str) -> str | list[str]:
    return [one.strip() for one in text.split(" & ")] if "(" in text else text.strip()


def judge(name: str, place: Mapping[str, Any], folder: Path) -> list[Judged]:
    """Return the verdicts on the rows of a place; its files are written to a folder."""
    domain, scene = folder / f"{name}.domain.yaml", folder / f"{name}.scene.yaml"
    domain.write_text(yaml.safe_dump(domain_of(name, place), sort_keys=False), encoding="utf-8")
    scene.write_text(yaml.safe_dump(scene_of(name, place), sort_keys=False), encoding="utf-8")
    data = folder / f"{name}.jsonl"
    lines = [json.dumps(row, ensure_ascii=False) for row in rows_of(place)]
    data.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return run_rows(data, scene, llm=None, show=lambda one: None)


def main() -> None:
    """Judge every place and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--only", default=None, help="one place")
    parser.add_argument("--verbose", action="store_true", help="print every row not exact")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    places = yaml.safe_load(options.data.read_text(encoding="utf-8"))
    chosen = {name: one for name, one in places.items() if options.only in (None, name)}
    found: dict[str, list[Judged]] = {}
    for name, place in chosen.items():
        with tempfile.TemporaryDirectory() as folder:
            found[name] = judge(name, place, Path(folder))
        for one in found[name] if options.verbose else ():
            if one.verdict != "exact":
                print(f"{name} {one.verdict:10} {one.row.text}\n           {one.said}")
    judged = [one for some in found.values() for one in some]
    if options.json:
        of_place = {name: summary(some) for name, some in found.items()}
        print(json.dumps(summary(judged) | {"places": of_place}))
        return
    print(describe())
    for name, shares in [(name, summary(some)) for name, some in found.items()]:
        print(f"  {name}: " + "  ".join(f"{key} {shares[key]}" for key in COLUMNS))
    print("all: " + "  ".join(f"{key} {value}" for key, value in summary(judged).items()))


if __name__ == "__main__":
    main()
