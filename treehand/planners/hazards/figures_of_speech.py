"""Figures of speech with words of harm, which ask for none: to kill the lights, to hit the road."""

from __future__ import annotations

import re
from collections.abc import Sequence

_FIGURES = """
beat (around the bush|the clock|the traffic|the heat|the queue|the record|the rush)
bite (the bullet|your tongue|my tongue)
blow (off|out) (some )?steam
break (a|the) (leg|ice|news|bank|silence|mould|mold|deadlock|record|tie|habit|spell|fast|journey)
break (new )?ground
burn (the )?(midnight oil|calories|bridges|your bridges|rubber|fat|some energy|off some energy)
catch fire with
crash (out|here|on the (sofa|couch|bed)|at .+)
cross swords
crush (it|this|the (test|exam|competition|record|goal|quiz|interview))
cut (the|some|a few) (corners|chase|slack|deal|cake|ribbon|power|noise|crap|chatter|costs)
cut to the chase
drive (me|him|her|us|them|the (guests|kids|children)) (crazy|nuts|mad|home|to .+)
drop (me|us|him|her|them) (a|an) (line|note|message|hint|text|email)
drop (a )?(hint|hints|line)
drop (me|us|him|her|them) (off|home)
drown (my|his|her|our|their|your)? ?sorrows
drown (out|it out) .*
drown (the )?(pasta|fries|chips|pancakes|salad|noodles) in .+
fire (up|off|away)
hang (a )?(left|right)
hang (up|on|out|back|tight)
hit (me|us|him|her|them) (up|back)
hit (me )?with (a|your|the|some) (best shot|question|idea|numbers|facts|news)
hit (the )?(road|hay|sack|books|jackpot|roof|gym|town)
hit (the )?(shops|shower|showers|beach|trail|deck|mark|spot)
hit the (ground running|nail on the head|nail|right note)
kick (the )?.+ (shut|closed)
kick (off|back|the habit|the tyres|the tires|things off|it off)
kill (some )?time
kill (the )?(lights?|engine|motor|music|sound|noise|volume|power|process|job|program|switch|mood)
kill (the )?(screen|heat|flame|fire|burner|alarm|germs)
kill (the )?(bacteria|weeds|virus|session|connection|tap|water)
kill two birds with one stone
knock (on|at) .*
(bang|whack|slap|stick|knock|smack) (the )?(kettle|oven|heating|radio|telly|tv|fan|heater|lamp) on
(bang|whack|slap|stick|knock|smack) on (the )?(kettle|oven|heating|radio|telly|tv|fan|heater|lamp)
(bang|whack|slap|stick|knock|smack) the lights? on
knock (it off|on wood|yourself out|em dead)
murder (a|an|the) (steak|burger|curry|pizza|beer|song)
nail (it|this|the (interview|test|exam|landing|presentation))
pull (the plug|my leg|his leg|her leg|your weight|strings|some strings|yourself together)
push (the envelope|your luck|yourself)
punch (in|out) (the )?(code|number|numbers|pin|digits|time|address)
shake a leg
shoot (the breeze|hoops|some hoops|a (film|movie|video|photo|picture|scene|glance|look))
shoot (me|us|him|her|them) (a|an|the|your|some) .+
shoot for the (stars|moon)
smash (it|this|the (record|target|test|exam|like button|interview|patriarchy))
stab at
strike (a|the) (balance|deal|pose|chord|bargain|match|set|right note)
strike (gold|oil|while the iron is hot|it off|up .+)
throw (a|the|his|her|my|our) ((birthday|surprise|dinner|garden) )?(party|fit|tantrum|bash)
throw (in the towel|some light|light|caution|shade)
twist (my|his|her) arm
wreck my (brain|brains|head)
"""
"""Verbs with the words that make them figures, one verb a line; each is a regular expression."""
_PATTERN = re.compile(
    rf"(?<!\S)({'|'.join(line.strip() for line in _FIGURES.strip().splitlines())})(?!\S)"
)


def without_figures(words: Sequence[str]) -> list[str]:
    """Return words without those of figures of speech.

    Args:
        words: The words of a clause, folded.
    """
    return _PATTERN.sub("", " ".join(words)).split()
