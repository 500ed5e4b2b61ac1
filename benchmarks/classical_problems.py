"""Problems of classical planning, drawn from a seed: six domains of the planning competitions.

The domains are written down here from their public definitions; no file of a competition is copied.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

SEED = 26
"""Seed of the problems that the documentation tells of."""


@dataclass(frozen=True)
class ClassicalProblem:
    """One problem in PDDL."""

    name: str
    """Domain and size: ``blocks-12``."""
    domain: str
    """Text of the domain file."""
    problem: str
    """Text of the problem file."""


BLOCKS = """(define (domain blocks) (:requirements :strips)
(:predicates (on ?x ?y) (ontable ?x) (clear ?x) (handempty) (holding ?x))
(:action pick-up :parameters (?x) :precondition (and (clear ?x) (ontable ?x) (handempty))
 :effect (and (not (ontable ?x)) (not (clear ?x)) (not (handempty)) (holding ?x)))
(:action put-down :parameters (?x) :precondition (holding ?x)
 :effect (and (not (holding ?x)) (clear ?x) (handempty) (ontable ?x)))
(:action stack :parameters (?x ?y) :precondition (and (holding ?x) (clear ?y))
 :effect (and (not (holding ?x)) (not (clear ?y)) (clear ?x) (handempty) (on ?x ?y)))
(:action unstack :parameters (?x ?y) :precondition (and (on ?x ?y) (clear ?x) (handempty))
 :effect (and (holding ?x) (clear ?y) (not (clear ?x)) (not (handempty)) (not (on ?x ?y)))))
"""
GRIPPER = """(define (domain gripper) (:requirements :strips :typing) (:types room ball gripper)
(:predicates (at-robby ?r - room) (at ?b - ball ?r - room) (free ?g - gripper)
 (carry ?o - ball ?g - gripper))
(:action move :parameters (?from ?to - room) :precondition (at-robby ?from)
 :effect (and (at-robby ?to) (not (at-robby ?from))))
(:action pick :parameters (?obj - ball ?room - room ?gripper - gripper)
 :precondition (and (at ?obj ?room) (at-robby ?room) (free ?gripper))
 :effect (and (carry ?obj ?gripper) (not (at ?obj ?room)) (not (free ?gripper))))
(:action drop :parameters (?obj - ball ?room - room ?gripper - gripper)
 :precondition (and (carry ?obj ?gripper) (at-robby ?room))
 :effect (and (at ?obj ?room) (free ?gripper) (not (carry ?obj ?gripper)))))
"""
LOGISTICS = """(define (domain logistics) (:requirements :strips :typing)
(:types truck airplane - vehicle package vehicle - physobj airport location - place city place
 physobj - object)
(:predicates (in-city ?loc - place ?city - city) (at ?obj - physobj ?loc - place)
 (in ?pkg - package ?veh - vehicle))
(:action load-truck :parameters (?pkg - package ?truck - truck ?loc - place)
 :precondition (and (at ?truck ?loc) (at ?pkg ?loc))
 :effect (and (not (at ?pkg ?loc)) (in ?pkg ?truck)))
(:action load-airplane :parameters (?pkg - package ?airplane - airplane ?loc - place)
 :precondition (and (at ?pkg ?loc) (at ?airplane ?loc))
 :effect (and (not (at ?pkg ?loc)) (in ?pkg ?airplane)))
(:action unload-truck :parameters (?pkg - package ?truck - truck ?loc - place)
 :precondition (and (at ?truck ?loc) (in ?pkg ?truck))
 :effect (and (not (in ?pkg ?truck)) (at ?pkg ?loc)))
(:action unload-airplane :parameters (?pkg - package ?airplane - airplane ?loc - place)
 :precondition (and (in ?pkg ?airplane) (at ?airplane ?loc))
 :effect (and (not (in ?pkg ?airplane)) (at ?pkg ?loc)))
(:action drive-truck :parameters (?truck - truck ?from ?to - place ?city - city)
 :precondition (and (at ?truck ?from) (in-city ?from ?city) (in-city ?to ?city))
 :effect (and (not (at ?truck ?from)) (at ?truck ?to)))
(:action fly-airplane :parameters (?airplane - airplane ?from ?to - airport)
 :precondition (at ?airplane ?from)
 :effect (and (not (at ?airplane ?from)) (at ?airplane ?to))))
"""
VISITALL = """(define (domain visitall) (:requirements :typing) (:types place)
(:predicates (connected ?x ?y - place) (at-robot ?x - place) (visited ?x - place))
(:action move :parameters (?curpos ?nextpos - place)
 :precondition (and (at-robot ?curpos) (connected ?curpos ?nextpos))
 :effect (and (at-robot ?nextpos) (not (at-robot ?curpos)) (visited ?nextpos))))
"""
DEPOTS = """(define (domain depots) (:requirements :typing)
(:types place locatable - object depot distributor - place truck hoist surface - locatable
 pallet crate - surface)
(:predicates (at ?x - locatable ?y - place) (on ?x - crate ?y - surface) (in ?x - crate ?y - truck)
 (lifting ?x - hoist ?y - crate) (available ?x - hoist) (clear ?x - surface))
(:action drive :parameters (?x - truck ?y ?z - place) :precondition (at ?x ?y)
 :effect (and (not (at ?x ?y)) (at ?x ?z)))
(:action lift :parameters (?x - hoist ?y - crate ?z - surface ?p - place)
 :precondition (and (at ?x ?p) (available ?x) (at ?y ?p) (on ?y ?z) (clear ?y))
 :effect (and (not (at ?y ?p)) (lifting ?x ?y) (not (clear ?y)) (not (available ?x))
  (clear ?z) (not (on ?y ?z))))
(:action drop :parameters (?x - hoist ?y - crate ?z - surface ?p - place)
 :precondition (and (at ?x ?p) (at ?z ?p) (clear ?z) (lifting ?x ?y))
 :effect (and (available ?x) (not (lifting ?x ?y)) (at ?y ?p) (not (clear ?z)) (clear ?y)
  (on ?y ?z)))
(:action load :parameters (?x - hoist ?y - crate ?z - truck ?p - place)
 :precondition (and (at ?x ?p) (at ?z ?p) (lifting ?x ?y))
 :effect (and (not (lifting ?x ?y)) (in ?y ?z) (available ?x)))
(:action unload :parameters (?x - hoist ?y - crate ?z - truck ?p - place)
 :precondition (and (at ?x ?p) (at ?z ?p) (available ?x) (in ?y ?z))
 :effect (and (not (in ?y ?z)) (not (available ?x)) (lifting ?x ?y))))
"""
ROVERS = """(define (domain rovers-like) (:requirements :strips :typing)
(:types rover waypoint store camera objective mode)
(:predicates (at ?x - rover ?y - waypoint) (can-traverse ?r - rover ?x ?y - waypoint)
 (calibrated ?c - camera) (supports ?c - camera ?m - mode) (visible ?x ?y - waypoint)
 (have-soil ?r - rover ?w - waypoint) (full ?s - store) (empty ?s - store)
 (store-of ?s - store ?r - rover) (on-board ?c - camera ?r - rover)
 (at-soil ?w - waypoint) (sent-soil ?w - waypoint) (sent-image ?o - objective ?m - mode)
 (have-image ?r - rover ?o - objective ?m - mode) (visible-from ?o - objective ?w - waypoint)
 (target ?c - camera ?o - objective) (lander ?w - waypoint))
(:action navigate :parameters (?x - rover ?y ?z - waypoint)
 :precondition (and (can-traverse ?x ?y ?z) (at ?x ?y))
 :effect (and (not (at ?x ?y)) (at ?x ?z)))
(:action sample :parameters (?x - rover ?s - store ?p - waypoint)
 :precondition (and (at ?x ?p) (at-soil ?p) (store-of ?s ?x) (empty ?s))
 :effect (and (not (empty ?s)) (full ?s) (have-soil ?x ?p) (not (at-soil ?p))))
(:action dump :parameters (?x - rover ?s - store) :precondition (and (store-of ?s ?x) (full ?s))
 :effect (and (not (full ?s)) (empty ?s)))
(:action calibrate :parameters (?r - rover ?i - camera ?t - objective ?w - waypoint)
 :precondition (and (on-board ?i ?r) (target ?i ?t) (at ?r ?w) (visible-from ?t ?w))
 :effect (calibrated ?i))
(:action take-image :parameters (?r - rover ?p - waypoint ?o - objective ?i - camera ?m - mode)
 :precondition (and (calibrated ?i) (on-board ?i ?r) (supports ?i ?m) (visible-from ?o ?p)
  (at ?r ?p))
 :effect (and (have-image ?r ?o ?m) (not (calibrated ?i))))
(:action send-soil :parameters (?r - rover ?p ?x ?y - waypoint)
 :precondition (and (at ?r ?x) (lander ?y) (have-soil ?r ?p) (visible ?x ?y))
 :effect (sent-soil ?p))
(:action send-image :parameters (?r - rover ?o - objective ?m - mode ?x ?y - waypoint)
 :precondition (and (at ?r ?x) (lander ?y) (have-image ?r ?o ?m) (visible ?x ?y))
 :effect (sent-image ?o ?m)))
"""


def _names(kind: str, count: int) -> list[str]:
    return [f"{kind}{number}" for number in range(count)]


def _problem(
    domain: str, objects: Iterable[tuple[Sequence[str], str]], init: Sequence[str], goal: list[str]
) -> str:
    declared = " ".join(
        " ".join(names) + (f" - {kind}" if kind else "") for names, kind in objects if names
    )
    return (
        f"(define (problem drawn) (:domain {domain}) (:objects {declared})\n"
        f"(:init {' '.join(init)})\n(:goal (and {' '.join(goal)})))\n"
    )


def _towers(draw: random.Random, names: list[str]) -> list[list[str]]:
    """Return names in towers, each from its lowest."""
    towers: list[list[str]] = []
    for name in draw.sample(names, len(names)):
        if not towers or draw.random() < 0.3:
            towers.append([name])
        else:
            draw.choice(towers).append(name)
    return towers


def blocks(draw: random.Random, size: int) -> str:
    """Return towers of blocks to be built anew."""
    names = _names("b", size)
    init = ["(handempty)"]
    for tower in _towers(draw, names):
        init += [f"(ontable {tower[0]})", f"(clear {tower[-1]})"]
        init += [f"(on {upper} {lower})" for lower, upper in itertools.pairwise(tower)]
    wanted = _towers(draw, names)
    goal = [f"(on {b} {a})" for tower in wanted for a, b in itertools.pairwise(tower)]
    return _problem("blocks", [(names, "")], init, goal or [f"(ontable {names[0]})"])


def gripper(_: random.Random, size: int) -> str:
    """Return balls to be carried to the other room, two at a time."""
    balls = _names("ball", size)
    init = ["(at-robby rooma)", "(free left)", "(free right)", *[f"(at {b} rooma)" for b in balls]]
    objects = [(["rooma", "roomb"], "room"), (balls, "ball"), (["left", "right"], "gripper")]
    return _problem("gripper", objects, init, [f"(at {b} roomb)" for b in balls])


def logistics(draw: random.Random, size: int) -> str:
    """Return packages to be sent to other cities."""
    cities = _names("city", max(2, size // 3))
    spots = {city: [f"{city}-{n}" for n in range(2)] for city in cities}
    ports = {city: f"{city}-port" for city in cities}
    places = [*ports.values(), *(spot for those in spots.values() for spot in those)]
    trucks, planes = [f"truck-{city}" for city in cities], _names("plane", 1 + size // 8)
    packages = _names("p", size)
    init = [f"(in-city {ports[city]} {city})" for city in cities]
    init += [f"(in-city {spot} {city})" for city in cities for spot in spots[city]]
    init += [f"(at truck-{city} {draw.choice([ports[city], *spots[city]])})" for city in cities]
    init += [f"(at {plane} {draw.choice(list(ports.values()))})" for plane in planes]
    goal = []
    for package in packages:
        begin, end = draw.sample(places, 2)
        init.append(f"(at {package} {begin})")
        goal.append(f"(at {package} {end})")
    spots_of_all = [spot for those in spots.values() for spot in those]
    objects = [(trucks, "truck"), (planes, "airplane"), (packages, "package"), (cities, "city")]
    objects += [(list(ports.values()), "airport"), (spots_of_all, "location")]
    return _problem("logistics", objects, init, goal)


def visitall(draw: random.Random, size: int) -> str:
    """Return a square grid, every cell of which is to be visited."""
    cells = {(x, y): f"c{x}-{y}" for x in range(size) for y in range(size)}
    steps = ((0, 1), (1, 0), (0, -1), (-1, 0))
    init = [
        f"(connected {cells[x, y]} {cells[x + dx, y + dy]})"
        for x, y in cells
        for dx, dy in steps
        if (x + dx, y + dy) in cells
    ]
    begin = cells[draw.randrange(size), draw.randrange(size)]
    init += [f"(at-robot {begin})", f"(visited {begin})"]
    goal = [f"(visited {cell})" for cell in cells.values()]
    return _problem("visitall", [(list(cells.values()), "place")], init, goal)


def depots(draw: random.Random, size: int) -> str:
    """Return crates to be piled on pallets at other places."""
    places = {"depot": _names("depot", 1 + size // 6), "distributor": _names("dist", 2)}
    where = [*places["depot"], *places["distributor"]]
    trucks, crates = _names("truck", 2), _names("crate", size)
    pallets = {f"pallet{n}": place for n, place in enumerate(where)}
    hoists = {f"hoist{n}": place for n, place in enumerate(where)}
    init = [f"(at {truck} {draw.choice(where)})" for truck in trucks]
    init += [f"(at {hoist} {place}) (available {hoist})" for hoist, place in hoists.items()]
    init += [f"(at {pallet} {place})" for pallet, place in pallets.items()]
    tops = {pallet: pallet for pallet in pallets}
    for crate in crates:
        pallet = draw.choice(list(pallets))
        init += [f"(at {crate} {pallets[pallet]})", f"(on {crate} {tops[pallet]})"]
        tops[pallet] = crate
    init += [f"(clear {top})" for top in tops.values()]
    ends, goal = {pallet: pallet for pallet in pallets}, []
    for crate in draw.sample(crates, max(1, (2 * size) // 3)):
        pallet = draw.choice(list(pallets))
        goal.append(f"(on {crate} {ends[pallet]})")
        ends[pallet] = crate
    objects = [*((names, kind) for kind, names in places.items()), (trucks, "truck")]
    objects += [(list(hoists), "hoist"), (list(pallets), "pallet"), (crates, "crate")]
    return _problem("depots", objects, init, goal)


def rovers(draw: random.Random, size: int) -> str:
    """Return soil to be sampled and objectives to be photographed; everything is sent."""
    points, rovers_ = _names("w", 4 + 2 * size), _names("r", 1 + size // 3)
    objectives, modes = _names("o", 1 + size), ["colour", "high", "low"]
    init = [f"(lander {points[0]})"]
    for number, point in enumerate(points[1:], 1):
        other = points[draw.randrange(number)]
        init += [f"(visible {point} {other})", f"(visible {other} {point})"]
        for rover in rovers_:
            init.append(f"(can-traverse {rover} {point} {other})")
            init.append(f"(can-traverse {rover} {other} {point})")
    for rover in rovers_:
        init += [f"(at {rover} {draw.choice(points)})", f"(store-of s{rover} {rover})"]
        init += [f"(empty s{rover})", f"(on-board c{rover} {rover})"]
        init += [f"(target c{rover} {draw.choice(objectives)})"]
        init += [f"(supports c{rover} {mode})" for mode in modes]
    for objective in objectives:
        init += [f"(visible-from {objective} {point})" for point in draw.sample(points, 2)]
    soils = draw.sample(points, 1 + size)
    init += [f"(at-soil {point})" for point in soils]
    goal = [f"(sent-soil {point})" for point in soils]
    goal += [f"(sent-image {objective} {draw.choice(modes)})" for objective in objectives]
    stores, cameras = [f"s{rover}" for rover in rovers_], [f"c{rover}" for rover in rovers_]
    objects = [(rovers_, "rover"), (points, "waypoint"), (stores, "store"), (cameras, "camera")]
    objects += [(objectives, "objective"), (modes, "mode")]
    return _problem("rovers-like", objects, init, goal)


DOMAINS: dict[str, tuple[str, Callable[[random.Random, int], str], tuple[int, ...]]] = {
    "blocks": (BLOCKS, blocks, (5, 8, 12, 18, 25)),
    "gripper": (GRIPPER, gripper, (4, 8, 14, 20, 40)),
    "logistics": (LOGISTICS, logistics, (3, 6, 9, 15, 24)),
    "visitall": (VISITALL, visitall, (3, 5, 8, 12, 16)),
    "depots": (DEPOTS, depots, (2, 4, 6, 9, 13)),
    "rovers": (ROVERS, rovers, (1, 2, 4, 6, 10)),
}
"""Domain to its text, the generator of its problems, and their sizes."""


def problems(seed: int = SEED) -> list[ClassicalProblem]:
    """Return the thirty problems of a seed, five of each domain, small ones first."""
    return [
        ClassicalProblem(f"{name}-{size}", text, make(random.Random(f"{seed} {name} {size}"), size))
        for name, (text, make, sizes) in DOMAINS.items()
        for size in sizes
    ]
