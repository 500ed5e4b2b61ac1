"""Loose words: what adds nothing to a request: "to dry", "where it belongs", "for her".

Each pattern is about words in a place of a clause, so that the same words stay where they tell
something: "where it belongs" stays if no place is named before it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from treehand.planners.reading.speech.frame_words import LIKED
from treehand.planners.reading.speech.loose.loose_instead import (
    Instead,
    as_placing,
    asked_where,
    before_alone,
    dropped,
    each_numbered,
    from_place,
    from_there,
    gone,
    handed,
    if_after_place,
    if_asked,
    if_idle_time,
    if_named,
    if_no_request,
    if_order_follows,
    if_permitted,
    if_place,
    if_searched,
    if_told,
    if_told_to_you,
    not_done,
    of_quality,
    off_not_of,
    one_thing,
    only_these,
    other_one,
    over_here,
    put_there,
    switched_so,
    taken_there,
    that_is_it,
    those_things,
    with_forms,
    with_it,
    with_it_so,
    with_its_object,
    with_mind,
    with_space,
    with_state,
    without_commas,
)
from treehand.planners.reading.words.spoken_words import SpokenWords

_END = r"(?= [,.;!?:]| and\b| then\b|$)"
"""End of a clause."""
_THEM = r"(?:it|they|he|she|that|those)"
_BE = r"(?:is|are|was|were)"
_HOME = (
    rf"where {_THEM} (?:always |normally |usually |really |all )?(?:"
    rf"{_BE} (?:supposed|meant) to (?:be|go|live)|should (?:be|go|live)|ought to (?:be|go)"
    rf"|{_BE} (?:kept|stored|usually|normally)|lives?|goe?s?|belongs?|came from|{_BE} before|{_BE})"
)
_LIKED = "|".join(sorted(LIKED))
_NUMBER = r"(?:\d{1,3}|one|two|three|four|five|six|seven|eight|nine|ten)"
_ONE = r"(?:one|any|some|ones|it|them|that)"


_LOOSE: tuple[tuple[re.Pattern[str], Instead], ...] = tuple(
    (re.compile(pattern), instead)
    for pattern, instead in (
        (rf"(?P<before>\S+)(?: back)?(?: ,)? {_HOME}{_END}", if_after_place),
        (
            r"^(?:sort|arrange|organi[sz]e|distribute|divide|separate|tidy|put away|swap|switch"
            r"|exchange|trade|move)(?: out| up| over| round| around)?"
            r" [^,.:]+ : (?=[^.]+ (?:in|into|on|onto|to) )",
            as_placing,
        ),
        (
            r" to (?P<verb>dry|drain|cool|soak|rest|thaw|charge|recover|settle|breathe|wait|air)"
            rf"(?: off| out| down| up)?{_END}",
            if_no_request,
        ),
        (
            r"^(?:no )?(?:i do not (?:want|need|mean) |not )(?:the|a|an|my|that) (?:\S+ ){0,2}?"
            r"(?P<noun>\S+)(?: ,| but| \.)? (?P<want>i (?:want|need|mean) )?(?P<one>(?:the|a|my|an)"
            r" (?:other )?\S+) one\b",
            other_one,
        ),
        (r"\band (?P<verb>give|hand|bring|pass) (?=(?:over )?to (?:me|us)\b)", with_it),
        (
            r"\b(?:chuck|throw|toss|lob|sling|fling|shoot|slide) (?:me|us)"
            r"(?= (?:the|an?|my|our|that|some|your|one)\b)",
            handed,
        ),
        (
            r"\b(?:the|my|our) (?P<thing>\S+(?: \S+)?) (?:can|may|could) (?:stay|remain|wait)"
            r"(?: where (?:it|they) (?:is|are)| there| put| as (?:it|they) (?:is|are)| out| here)?"
            r"(?: ,)? (?:but|and) ",
            if_permitted,
        ),
        (
            r"\b(?:there is )?no (?:need to (?:hurry|rush)|rush|hurry|worries|problem)"
            r"(?: ,)?(?: but)?(?: ,)? ",
            dropped,
        ),
        (r"(?: ,)? (?:and|while|then) (?:then )?i (?:will|can|am going to) [^,.]*$", dropped),
        (
            r"^(?:the |my |our )?(?P<who>\S+)(?: \S+)? (?:says?|said|told me|thinks|reckons|wants) "
            r"(?:that )?(?:you (?:to|have to|must|should|need to|had to)|to) (?P<verb>\S+)",
            if_told,
        ),
        (
            r" (?:when|once|after|as soon as|if) (?:you are|you have) (?:done|finished|through)"
            rf"(?: with (?:it|them|that))?{_END}",
            dropped,
        ),
        (
            r" and (?:then )?(?:tell|let) me (?:know )?(?:when|once|as soon as) [^,.]*?"
            rf"(?:done|ready|finished|over){_END}",
            dropped,
        ),
        (
            rf" (?:for )?(?:a|just a) (?:crack|bit|little|touch|tad|notch|smidge|little bit){_END}",
            dropped,
        ),
        (r" anywhere(?: at all)?(?= (?:in|inside|on) )", dropped),
        (rf"(?<!not)(?<!the) only{_END}", dropped),
        (
            r"^(?P<search>(?:please )?(?:find|locate|look for|search for) [^,.;]+?)(?: ,)?"
            rf" and (?:then )?(?:tell|show) me where (?:it|they) (?:is|are){_END}",
            if_searched,
        ),
        (r" (?:off|from) wherever (?:it|they) (?:is|are)(?: and)?(?= (?:in|on)to )", dropped),
        (r"(?: ,)? so off (?:it|they) goe?s?(?= ?[.;!?]|$)", dropped),
        (r"\b(?P<verb>\w+) only (?=(?:the|my|our|those|these) )", only_these),
        (
            r" , (?:i|we) (?:still |really |just )?(?:need|want) (?:it|that|them|those)"
            r"(?: (?:for|at|by|later|tomorrow|tonight|soon|here|back)\b[^,.;]*)?(?= ?[.;!?]|$)",
            dropped,
        ),
        (r"(?: ,)? how hard can (?:it|that) be(?= ?[.;!?]|$)", dropped),
        (
            r"^(?:no )?not (?:the|a|an|my|that) (?:\w+ ){0,2}?\w+(?: ,| but)+ "
            r"(?=(?:the|a|an|my) (?:\w+ ){0,2}?\w+ , (?:please )?\w+ (?:it|them)\b)",
            dropped,
        ),
        (
            r" somewhere (?:safe|nice|warm|cool|dry|clean|sensible|out of the way)(?: ,)?"
            r"(?: (?:like|say|maybe|perhaps))? (?=(?:in|on|inside) )",
            with_space,
        ),
        (r"(?<= and \w\w\w) all (?=(?:to|into|in|on|onto) )", with_space),
        (r" (?:come|go|be|get) out(?: of there)?(?: ,| and)+ (?=(?:in|on|into|onto) )", gone),
        (r"\boff (?=(?:the|my|our) (?:\w+ )?\w+ (?:into|onto) )", from_place),
        (
            r"\b(?P<verb>\w+) that "
            r"(?=(?:off|on|up|down|away|back|out|open|shut|closed)\b|[,.;!?]|$)",
            that_is_it,
        ),
        (r"(?: ,)? silly me(?= ?[.;!?]|$)", dropped),
        (
            r"\b(?:what is it called|what (?:do|did) (?:you|they) call it)(?: ,)? (?=the )",
            dropped,
        ),
        (r"\bthe (?:\w+ ){0,3}?(?:thing|thingy|thingie|whatsit|doodah|gizmo) , (?=the )", dropped),
        (
            r"\b(?P<turn>turn|switch) (?P<thing>(?:\w+ ){1,3}?)of(?= and\b| ,| ?[.;!?]|$)",
            off_not_of,
        ),
        (r"(?P<thing>\b\w+) of (?:the )?(?P<quality>\w+) (?:colou?r|size)\b", of_quality),
        (r" away (?=(?:to|into|onto) )", with_space),
        (r"(?<=\band )while you are (?:there|at it|up) (?:, )?", dropped),
        (
            r"\b(?P<before>all|both|of|put|wash|clean|move|stick|chuck|wipe|get) them "
            r"(?P<thing>\w+s)\b",
            those_things,
        ),
        (r" where they belong(?= (?:in|on|into|onto) )", dropped),
        (r" where it belongs(?= (?:in|on|into|onto) )", dropped),
        (r" first(?= ,? ?not\b)", dropped),
        (
            r"(?: ,| and| to)+ let (?:some |the |a bit of |in |more )*(?:fresh |warm |cold )?"
            r"(?:light|air|sun|sunlight|daylight|sunshine|heat|warmth|smoke|steam)"
            rf"(?: in| out)?{_END}",
            dropped,
        ),
        (
            r"(?P<before> from [^,.]+?) and (?=(?:over|back|across|round|down|up) to \w)",
            before_alone,
        ),
        (
            r"(?P<before> (?:off|from|out of) [^,.]+?) and (?:over |back |across |straight )?"
            r"(?=(?:into|in|onto|on|to)"
            r" (?:the|my|our|your|an?|\w+s)\b)",
            before_alone,
        ),
        (
            r"(?: ,)? i do not (?:really )?(?:mind|care) (?:which|where|what|how|when)[^,.]*$",
            dropped,
        ),
        (
            r"(?P<joint> ,(?: and| then)?| and(?: then)?| then) (?P<verb>\S+)"
            r"(?P<rest>(?: (?:in|into|on|onto)(?: the| my| our| an?)? (?P<place>\S+))"
            r"|(?= ,| and |$))",
            with_its_object,
        ),
        (
            r"^(?P<thing>(?:the|my|our|your) [^,]+?)(?: ,)? where (?:it|they) (?P<be>is|are)\b",
            asked_where,
        ),
        (
            r"\b(?:(?:to cut a )?long story short|the thing is|the point is|fact is)(?: ,)? ",
            dropped,
        ),
        (
            r" (?:from|since) (?:this (?:morning|afternoon|evening)|earlier|before|yesterday"
            rf"|last night|breakfast|lunch|dinner){_END}",
            dropped,
        ),
        (
            r"^(?:(?:one|two|three|a few|some) (?:more )?things?|the following|to do|tasks?"
            r"|here is the plan|(?:your|the) (?:next )?(?:jobs?|tasks?|mission|instructions?)"
            r"(?: is| are)?)(?: please)? [:,] ",
            dropped,
        ),
        (r"^(?:i am )?(?:so |very )?sorry to [^,.]*? but(?: ,)? ", dropped),
        (r" for (?:heavens?|goodness|gods?|petes|christs?|crying out loud)(?: sake)?\b", dropped),
        (rf" (?:and|then|and then) (?:come|go) back(?: here)?{_END}", dropped),
        (
            r"^(?P<thing>(?:the |my )?[^,.:]+?) [:,] (?P<state>on|off|open|closed|shut|up|down)(?:"
            r" please)?$",
            with_state,
        ),
        (r" out of (?=[^,.]+ (?:into|onto) )", from_there),
        (r"(?<=\bwipe)(?: (?:round|around|over|across))+(?= (?:the|my|our)\b)", dropped),
        (
            r"(?P<leave>\b(?:leave|keep) (?:\w+ ){1,4}?)where (?:he|she) is\b",
            lambda found, known: f"{found['leave']}where it is",
        ),
        (r"\b(?:grab|take|catch|seize|keep) hold of\b", lambda found, known: "hold on to"),
        (r" and (?:hang|hold) on to (?:it|them)(?= [,.;!?]|$)", dropped),
        (
            r" before (?:someone|somebody|anybody|anyone|it|we|they|he|she|i) (?P<rest>[^,.]*)$",
            if_idle_time,
        ),
        (
            r"\b(?P<state>off|on) with (?P<thing>(?:the|my|our|that) [^,.]+)$",
            switched_so,
        ),
        (
            r"(?P<before>^|, |and (?:then )?|then |so )"
            r"(?P<place>(?:(?:straight|right|back) )?(?:in|into|on|onto) (?:the |my )?(?:\w+ )?\S+)"
            rf" with (?P<thing>it|them|both|the lot|(?:the|that|my) \S+){_END}",
            put_there,
        ),
        (
            r"(?P<before> and (?:the |my )?\S+) both (?=(?:in|on|to|go|into|onto|need)\b)",
            before_alone,
        ),
        (r"\brefrain from (?P<verb>\S+ing)\b", not_done),
        (
            rf"\b(?P<thing>\w+s) (?P<first>{_NUMBER}(?: , {_NUMBER})*)(?: ,)? and "
            rf"(?P<last>{_NUMBER})\b",
            each_numbered,
        ),
        (r"^no more (?P<thing>\S+) ,", if_named),
        (r"\b(?:just |only )?the one (?P<thing>\S+)", one_thing),
        (r" , you (?P<verb>\S+)(?= (?:it|them|the|that|this|my|all|both)\b)", if_told_to_you),
        (
            r"\bif you could see your way (?:clear )?to (?P<verb>\S+ing)",
            with_mind,
        ),
        (
            rf"(?: ,)? (?:and )?i would be (?:so |very |really |much |ever so |eternally )?"
            rf"(?:{_LIKED}){_END}",
            dropped,
        ),
        (
            r"(?P<before>^|[,.;] |and |so )(?P<verb>make|turn|switch|put) (?P<state>on|off)"
            r"(?= [,.;!?]|$)",
            with_it_so,
        ),
        (r" , please (?=(?:on|off|open|closed|shut|up|down)$)", with_space),
        (
            r"\b(?:go|nip|pop|run|dash|head|drive|walk|come)"
            r"(?: over| round| down| up| back| across)? to (?P<place>[^,.]+?) with "
            r"(?P<thing>(?:the|my|our|this|that|an?) [^,.]+)$",
            taken_there,
        ),
        (
            r"\b(?:do not|no need to|never|not to) (?:bother|worry) (?:with|about) (?:the|my|our) "
            r"(?P<thing>\S+(?: \S+)??)(?: ,| but| just| and| only)+ ",
            if_permitted,
        ),
        (
            r" , which (?P<be>is|are) (?P<where>(?:in|on) [^,]+?) , ",
            without_commas,
        ),
        (rf" for (?:her|him|them|you|everyone|everybody|all of us|both of us){_END}", dropped),
        (
            r" for (?:the|my|our|this|that|a|tonights|tomorrows) (?:\w+ )?(?:meeting|party|night"
            r"|day|evening|weekend|time being|presentation|talk|demo|photos?|shoot|movie|film|show"
            r"|game|match|interview|call|inspection|audit|visit|viewing|birthday|wedding|picnic|holiday"
            r"|trip|exam|class|lecture|event|celebration|ceremony|nap|journey|morning|afternoon"
            rf"|visitors?|workshop|session|rehearsal|concert|barbecue|bbq){_END}",
            dropped,
        ),
        (
            r" (?:(?:that|which) (?:is|are|was|were) )?(?:lying|standing|sitting|hanging|left)"
            r" (?:around|about|there|everywhere|here|behind|out(?! of\b))\b",
            dropped,
        ),
        (
            r"(?: ,)? (?:and )?(?:that|it|which) (?:would|will) be (?:so |really |very |just |a )?"
            rf"(?:{_LIKED}|help|start|big help|great help)(?: help)?{_END}",
            dropped,
        ),
        (
            r"\bleave (?:everything|all|the rest)(?: else)? (?:as (?:it|they) (?:is|are)|alone"
            r"|where (?:it|they) (?:is|are))(?: ,| and| but| ;)* (?:just |only |but |and )*"
            r"(?P<verb>\S+)",
            if_order_follows,
        ),
        (
            rf"(?: ,)? if (?:there (?:is|are)|(?:you|we) (?:have|have got|can find|find|see))"
            rf" {_ONE}(?: left| there| around| somewhere| free)?{_END}",
            dropped,
        ),
        (
            r"\bif there (?:is|are) (?:still )?(?:any |some |a |an )?(?P<thing>\S+(?: \S+)?)"
            r" left(?: over)?(?: ,)?",
            if_named,
        ),
        (
            r"(?:^|(?<=[,.;:!?] )|(?<=\band )|(?<=\bso ))if you (?:could|would)"
            r"(?: just| please| possibly| kindly| maybe)? (?P<verb>\S+)",
            if_asked,
        ),
        (
            r"\b(?:bring|fetch|get) (?:me|us) "
            r"(?P<rest>(?!.*\b(?:to|onto|into)\b)[^,.;]+ (?:in|inside|on)\b)",
            over_here,
        ),
        (
            r"(?P<thing>\S+)(?: back)?"
            r" (?:out|over|up|down|across|along|straight|right|safely|neatly|carefully)"
            r" (?P<rest>(?:on|in|onto|into|at|from|to)(?: top of)?(?: the| my| our| your| that)?"
            r" (?P<place>\S+))",
            if_place,
        ),
    )
)


def without_loose_words(tokens: Sequence[str], known: SpokenWords) -> list[str]:
    """Return tokens without the words that add nothing to a request.

    Args:
        tokens: Words and marks.
        known: Words of the place.
    """
    words = with_forms(" ".join(tokens), _LOOSE, known).split()
    while words[:1] == [","]:
        words = words[1:]
    return words
