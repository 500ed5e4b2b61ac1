"""Where one place is of the kind that a verb needs, the place may be left out."""

from treehand.planners.reading.lexicon.only_places import only_place_phrases
from treehand.skills.domain import Domain
from treehand.skills.domain.model import PredicateModel


def phrases(racks):
    domain = Domain(
        domain="shed",
        types={"rack": None, "tool": None},
        predicates={
            "hangs_on": PredicateModel(
                params={"item": "tool", "place": "rack"},
                phrases=["hang {item} on {place}", "put {item} on {place}"],
            )
        },
        skills={},
    )
    vocabulary = domain.vocabulary({"saw": "tool", **dict.fromkeys(racks, "rack")})
    found = only_place_phrases(domain, vocabulary)
    return {" ".join(one.words): str(one.formula) for one in found}


def test_the_only_rack_is_meant_by_hang_up():
    found = phrases(["hooks"])
    assert found["hang {item} up"] == found["hang up {item}"] == "hangs_on(item, hooks)"
    assert not any(said.startswith("put ") for said in found)


def test_of_two_racks_one_has_to_be_named():
    assert phrases(["hooks", "wall"]) == {}
