"""Words of frames and asides, which are never about a scene."""

from __future__ import annotations

from treehand.planners.reading.words.function_words import FUNCTION_WORDS, word_set

LIKED = word_set(
    "kind good nice great lovely grateful thankful helpful handy useful wonderful fantastic"
    " brilliant awesome cool fine perfect glad happy delighted pleased obliged appreciated ideal"
    " super amazing smart wise convenient sweet generous polite best better lush grand"
    " happier easier"
)
NEEDED = word_set(
    "necessary important essential urgent required imperative vital crucial time needed high"
)
LONGING = word_set("dying desperate gasping longing itching after keen craving eager hoping")
FRIENDS = word_set(
    "dear darling love sweetheart sweetie honey angel star legend champ hero gem doll pal sport"
    " lad lass mate buddy dude bro man friend folks guys chap chum robot treehand assistant google"
    " alexa siri olly cortana jeeves boss sir madam maam son sunshine pet hon lovey duckie petal"
    " fella fellas bud buster kiddo kid mister missus guv squire babe cutie sis bros matey captain"
    " chef helper robo bot"
)
THANKS = word_set("cheers ta thanks thank thankyou bless ok okay chop pronto sharpish stat")
ASKING = word_set(
    "appreciate like love want need wish hope think suppose believe reckon guess wonder ask beg"
    " request require trouble bother mind care kill hurt help manage try imagine expect prefer"
    " happen remember forget consider fancy arrange favour favor hassle pain solid"
    " inconvenience chance way moment minute"
    " min sec second hand problem honour job task turn opportunity possibility question mission"
    " assignment objective instruction idea plan wondering hoping thinking asking helping possible"
    " able willing free busy bit tad thing word name called call say see know matter fact sight"
    " course speak honest honestly frankly look listen whatever whatnot anyway guessing grand"
    " absolutely terribly awfully really extremely ever much real quick wee tiny kindly pretty"
    " nicely possibly perchance perhaps maybe would could yeah yup"
)
FRAME_WORDS = LIKED | NEEDED | FRIENDS | (LONGING - {"after"}) | THANKS | ASKING
"""Words of frames, besides function words."""
EMPTY = FUNCTION_WORDS | FRAME_WORDS
DENYING = word_set(
    "not no nope nah never nobody nothing none neither nor without except instead unless until till"
    " only but rather stop wait after other another both either all each every half most few"
)
ASKED = word_set("can could would will might may")
MARKS = frozenset(",.;!?:。、")
THE = r"(?:the|my|our|your|this|that|these|those|his|her|their)"
"""Words before a noun that tell which one, as a pattern."""
PEOPLE = word_set(
    "mother mum mom mummy mommy father dad daddy parents daughter son kid kids child children baby"
    " wife husband partner boss brother sister aunt uncle grandma grandpa gran granny nan cousin"
    " neighbour neighbor friend friends guest guests boy girl boys girls man woman lady lads"
    " customer customers colleague colleagues client clients people family team flatmate"
)
"""People whose wishes are reasons, where nothing here is wished for."""
