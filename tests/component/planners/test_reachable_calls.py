"""Calls that can ever begin: the same as by trying every call until nothing new comes true."""

import itertools

import pytest

from benchmarks.classical_problems import problems
from treehand.planners.pddl import read_pddl
from treehand.planners.search.ground_actions import GroundActions, binding_of
from treehand.skills.domain import Atom, Call, conjuncts

LOOPED = """(define (domain looped) (:requirements :typing :negative-preconditions)
(:types place thing)
(:predicates (road ?a ?b - place) (at ?p - place) (marked ?a ?b - place) (closed ?p - place)
  (done))
(:action go :parameters (?a ?b - place)
  :precondition (and (at ?a) (road ?a ?b) (not (closed ?b)) (not (= ?a ?b)))
  :effect (and (at ?b) (not (at ?a))))
(:action mark :parameters (?a - place)
  :precondition (and (at ?a) (road ?a ?a)) :effect (marked ?a ?a))
(:action cross :parameters (?a ?b ?c - place)
  :precondition (and (marked ?a ?a) (road ?a ?b) (road ?b ?c) (at home) (not (done)))
  :effect (marked ?b ?c))
(:action end :parameters () :precondition (and (marked north north)) :effect (done)))
"""
PLACES = """(define (problem places) (:domain looped)
(:objects home north south far island - place)
(:init (at home) (road home north) (road north south) (road south south) (road north home)
  (road island far) (road far far) (closed island) (road south island))
(:goal (done)))
"""


def brute_force(planning):
    """Return the calls that can begin if nothing is ever taken back, by trying all of them."""
    domain, facts = planning.domain, planning.facts
    changing = GroundActions(planning).changing
    true = set(facts.true_facts())
    found, is_new = set(), True
    while is_new:
        is_new = False
        for name, model in domain.skills.items():
            for arguments in itertools.product(*map(facts.objects, model.params.values())):
                call = Call(name, arguments)
                if call in found:
                    continue
                binding = binding_of(model, call)
                needs = [
                    part.substitute(binding)
                    for whole in model.preconditions
                    for part in conjuncts(whole)
                ]
                if all(can_hold(need, facts, true, changing) for need in needs):
                    found.add(call)
                    is_new = True
                    true |= {
                        effect.substitute(binding).fact
                        for effect in model.effects
                        if effect.positive
                    }
    return found


def can_hold(need, facts, true, changing):
    if changing.intersection(atom.fact.predicate for atom in need.atoms()):
        return not isinstance(need, Atom) or not need.positive or need.fact in true
    return bool(need.holds(facts))


def read(domain, problem, folder):
    (folder / "domain.pddl").write_text(domain)
    (folder / "problem.pddl").write_text(problem)
    return read_pddl(folder / "domain.pddl", folder / "problem.pddl").planning


def calls_of(planning):
    return list(GroundActions(planning).calls(with_irreversible=True))


@pytest.mark.parametrize("name", ["blocks-5", "gripper-4", "logistics-3", "depots-2", "rovers-1"])
def test_the_calls_are_those_that_can_ever_begin(name, tmp_path):
    drawn = next(one for one in problems() if one.name == name)
    planning = read(drawn.domain, drawn.problem, tmp_path)
    calls = calls_of(planning)
    assert len(calls) == len(set(calls))
    assert set(calls) == brute_force(planning)


def test_repeated_variables_constants_and_places_that_cannot_be_reached(tmp_path):
    domain = LOOPED.replace("(:predicates", "(:constants home north - place)\n(:predicates")
    planning = read(domain, PLACES.replace("home north ", ""), tmp_path)
    calls = calls_of(planning)
    assert set(calls) == brute_force(planning)
    assert Call("go", ("north", "south")) in calls
    assert not any("island" in call.arguments for call in calls if call.name == "go")


def test_the_calls_are_in_the_order_of_skills_and_objects(tmp_path):
    drawn = next(one for one in problems() if one.name == "blocks-5")
    planning = read(drawn.domain, drawn.problem, tmp_path)
    calls = calls_of(planning)
    skills = list(planning.domain.skills)
    objects = list(planning.scene.objects)
    places = [(skills.index(c.name), [objects.index(one) for one in c.arguments]) for c in calls]
    assert places == sorted(places)
