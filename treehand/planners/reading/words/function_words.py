"""Function words of English: the closed classes, complete.

Every word here is known to the reader, so that no answer names one as unknown.
"""

from __future__ import annotations


def word_set(text: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(text.split())


ARTICLES = word_set("the a an")
DEMONSTRATIVES = word_set("this that these those")
POSSESSIVES = word_set("my our your his her its their whose mine ours yours hers theirs")
QUANTIFIERS = word_set(
    "all every each both any some no none either neither another other others more most many much"
    " few fewer less least several enough half lot lots plenty various whole entire one ones"
)
NUMERALS = word_set(
    "zero two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    " sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety"
    " hundred thousand million first second third fourth fifth sixth seventh eighth ninth tenth"
    " last next once twice dozen couple pair"
)
SPEAKERS = word_set("i we")
SUBJECTS = word_set(
    "i we you he she they it someone somebody anyone anybody everyone everybody nobody something"
    " anything everything nothing there who"
)
PRONOUNS = SUBJECTS | word_set(
    "me us him her them myself ourselves yourself yourselves himself herself itself themselves"
    " oneself what which whom whoever whatever whichever"
)
BE = word_set("is are was were am be been being")
HAVE = word_set("have has had having")
DO = word_set("do does did doing done")
MODALS = word_set("can could will would shall should may might must ought dare need")
AUXILIARIES = BE | HAVE | DO | MODALS
QUESTION_WORDS = word_set("what which who whom whose where whereabouts when why how")
PREPOSITIONS = word_set(
    "in on at to into onto from of off out over under below beneath above behind beside besides"
    " between among by near with without within inside outside through throughout across along"
    " around about against after before during for until till since toward towards upon up down"
    " underneath next past per plus minus despite except apart like unlike via amid opposite"
    " alongside atop beyond round back away aside instead together apart"
)
CONJUNCTIONS = word_set(
    "and or but nor so yet if unless because since while whereas although though when whenever"
    " where wherever until till once as than whether lest provided that then else"
)
SUBORDINATORS = word_set(
    "if unless because since while whereas although though when whenever until till once as"
    " whether lest provided after before"
)
ADVERBS = word_set(
    "not never always often sometimes usually ever again also too very really quite rather just"
    " only even still already yet now then here there soon later today tonight tomorrow yesterday"
    " maybe perhaps please kindly well almost nearly away back forward ahead around anyway"
    " otherwise however therefore thus hence indeed instead meanwhile somehow somewhere anywhere"
    " everywhere nowhere possibly probably certainly definitely simply actually basically literally"
    " exactly right straight fast slow hard low high far near together apart first last finally"
    " upstairs downstairs outside inside thanks thank altogether bit little"
)
INTERJECTIONS = word_set(
    "oh uh um er erm hm hmm mm ah aha hey hi hello yo yes yeah yep yup no nope nah ok okay alright"
    " right well wow oops ouch ugh phew please thanks sorry excuse pardon bye"
    " goodbye welcome hurrah great good fine cool hiya howdy hullo oi psst hooray yay yikes yuck"
    " eww aye ay righto righty okey dokey whoa ahem ooh ow argh blimey crikey gosh cheerio"
)
DISCOURSE = word_set(
    "please kindly hey hi hello yo ok okay well so now then and but also oh uh um er erm hm hmm ah"
    " like right alright just first firstly second secondly next finally lastly robot treehand"
    " maybe perhaps possibly simply quickly quietly carefully gently slowly immediately already"
    " later anyway basically literally mate buddy dear yes yeah yep sure again too hiya"
    " bro bruv dude pal guys folks chief"
    " howdy hullo oi psst aye righto righty okey dokey blimey gosh whoa ooh"
)
"""Words before a clause that do not change its act."""

FUNCTION_WORDS = (
    ARTICLES
    | DEMONSTRATIVES
    | POSSESSIVES
    | QUANTIFIERS
    | NUMERALS
    | PRONOUNS
    | AUXILIARIES
    | QUESTION_WORDS
    | PREPOSITIONS
    | CONJUNCTIONS
    | ADVERBS
    | INTERJECTIONS
    | DISCOURSE
    | word_set(
        "ago gone let lets going want wants wanted go goes went get gets got s t d ll m re ve"
    )
    | word_set("able such same own self etc whenever kind sort type")
)
"""All function words."""
