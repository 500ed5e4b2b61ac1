"""Help of a conversation, with orders and things of its own scene as examples."""

from __future__ import annotations

from treehand.planners.reading.lexicon import Lexicon

_HELP = """\
Say what shall be done{order}. Then: yes, no (with a reason), edit.
Correct it: no, the other one · not there · both · skip {thing}.
While it runs: stop · wait · go on · actually {other}. Other goals wait their turn.
Ask: {ask}how long will it take? · is it safe? · why?
Follow up: and {second} too · same with {second} · undo that{back} · do that again.
Limit it: slow down · be careful with {thing}. Lift it: normal speed · no need to be careful.
After a choice: remember that. To unlearn it: forget, with the words.
/save NAME · /plan · /queue · /orders · /forget · /help · /quit"""


def help_text(lexicon: Lexicon) -> str:
    """Return the help for a domain and scene.

    Args:
        lexicon: Their words.
    """
    orders = sorted(lexicon.orders(), key=lambda one: len(one[1]) != 2)  # a thing and its place
    said = [order for order, _ in orders] or ["…"]
    moved = next((things for _, things in orders if things), ())
    vocabulary = lexicon.vocabulary
    families = {
        name: vocabulary.types.get(kind) or kind for name, kind in vocabulary.object_types.items()
    }
    alike = [
        name
        for name, family in families.items()
        if moved and name != moved[0] and family == families[moved[0]]
    ]
    things = [f"the {name.replace('_', ' ')}" for name in (*moved[:1], *alike)] or ["that"]
    has_places = bool(lexicon.relations)
    return _HELP.format(
        order=f': "{said[0]}"' if orders else "",
        thing=things[0],
        second=things[min(1, len(things) - 1)],
        other=said[-1],
        ask=f"where is {things[0]}? · " if has_places else "",
        back=" · put it back" if has_places else "",
    )
