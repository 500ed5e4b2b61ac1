"""Social lines: greetings, thanks, praise, excuses, which ask for nothing."""

from __future__ import annotations

import re

_TO_ME = "robot|treehand|friend|mate|buddy|dear|my dear|there|everyone|everybody|again|to you|you"
_VERY = "so|very|really|such|just|quite|truly|absolutely|pretty|too"
_FINE = (
    "nice|great|perfect|good|excellent|lovely|wonderful|brilliant|super|awesome|amazing|fantastic"
    "|splendid|cool|impressive|kind|sweet|clever|smart|helpful|quick|fast|handy|useful|neat"
)
_WHO = "star|genius|hero|angel|legend|darling|treasure|gem|champion|champ|dear|lifesaver|best"
_ONE = (
    f"(a |an |the |my )?(({_VERY}|{_FINE}|real|little) )*({_WHO}|robot|help|helper|machine|{_FINE})"
)
_THANKS = (
    "(many |a thousand )?(thanks|thank you|cheers|ta|much obliged|bless you)"
    "( (a lot|a million|very much|so much|again|for (that|this|it|everything|your help|the help)"
    "|for (helping|doing (that|it))|indeed))*"
)
_PRAISE = (
    f"well done|good (job|work|robot|boy|girl)|(({_VERY}|{_FINE}) )*({_FINE})( (one|job|work))?"
    f"|(you are|youre|that is|that was|thats|it is|it was) ({_ONE})( of you)?"
    "|i (love|like) (it|that|this|you)|(what a|such a) .{1,20}(job|help|robot)|bravo|hooray|yay|wow"
    "|much appreciated|appreciated|you are doing (great|well|fine)"
)
_PAUSE = "(wait|hold on|hang on|hold up|hang about|hold it|hold fire|wait up|wait on)"
_A_WHILE = "(for )?(a|one|just a|half a|just one) (second|sec|minute|min|moment|mo|tick|bit)"
_KINDS = (
    ("You are welcome.", f"({_THANKS}|{_PRAISE})"),
    (
        "Hello. Say what shall be done.",
        "(hello|hi|hey|hiya|howdy|greetings|good (morning|afternoon|evening|day)|welcome)"
        "( (hello|hi|there))*",
    ),
    (
        "Goodbye.",
        "(bye|bye bye|goodbye|good ?night|night night|farewell|so long|catch you later|speak soon"
        "|(see|talk to|speak to) you( (later|soon|tomorrow|then|around))?|(until )?later)",
    ),
    (
        "I am ready. Say what shall be done, or ask 'what can you do?'.",
        "how (are|do) you( (do|doing|feeling|today|now))*|are you (ok|okay|well|all right|fine)"
        "|how is (life|your day|everything)|nice to (meet|see) you|(all|everything) (ok|okay|good)",
    ),
    (
        "I keep no memory of people: only the runs, their journals, learned words and standing "
        "orders of this workspace.",
        "do you (remember|know|recognise|recognize) (me|us|who i am)|have we met( before)?",
    ),
    (
        "Yes. Say what shall be done.",
        "(can|do) you (hear|understand|follow)( me| us)?|are you (listening|awake|on|ready)",
    ),
    (
        "I turn words into plans, show that they work, and run them with a robot's skills.",
        "are you (really )?(a |an )?(robot|human|machine|person|computer|ai|real|alive|program)",
    ),
    (
        "All right.",
        "(that|this) (is|will be|would be) (all|it|everything)( for (now|today))?"
        "|nothing (else|more)|that is all i (need|needed|want|wanted)|(i am|we are) done( here)?",
    ),
    (
        "Ask away.",
        "((i have|i have got|ive got|got) )?(a |one |another )?(quick |little |small )?question"
        "( for you)?|(can|may|could) i ask (you )?(something|a question)",
    ),
    (
        "All right: say what shall be done.",
        f"((please|just|but|no|oh|now|can you|could you) )*({_PAUSE}( {_A_WHILE})?"
        f"|(just )?{_A_WHILE}|give (me|us) {_A_WHILE}|let me (think|see)|bear with me"
        "|hold your horses|not so fast)( please| then| now)*",
    ),
    (
        "No harm done.",
        "((i am|im) )?(so |very |really )?sorry( about that| for that)?|my (bad|mistake|fault)|oops"
        "|excuse me|pardon( me)?|i apologi[sz]e",
    ),
)
_LEAD = "(ah|oh|ok|okay|well|and|yes|yeah|alright|all right|hey)"
_PATTERNS = tuple(
    (reply, re.compile(f"({_LEAD} )*{line}( ({_TO_ME}|{_THANKS}|{_PRAISE}))*"))
    for reply, line in _KINDS
)
_MOST_CHARACTERS = 80


def social_reply(text: str) -> str | None:
    """Return the reply to a greeting, thanks, praise or an excuse; None if it is anything else.

    Args:
        text: The person's words.
    """
    if len(text) > _MOST_CHARACTERS:
        return None
    plain = text.casefold().replace("'", "").replace("’", "")
    plain = " ".join("".join(c if c.isalnum() else " " for c in plain).split())
    return next((reply for reply, line in _PATTERNS if line.fullmatch(plain)), None)
