"""Codes of the debugger that no class of errors stands for: what they mean. For what to do see also webhook_failure.

Source: reference, conventions "Debugger codes"; Twilio's error dictionary for 10003.
"""

from callwright.model.webhook_failure import fix_of

_MEANINGS = {
    11100: "There is no usable URL: neither the number nor its application has one, it is no http or https URL, or "
    "the number points at a trunk (calls are not forwarded to trunks yet).",
    11200: "The web app did not answer in time, or answered with an error status.",
    11205: "No connection to the web app could be made, or this server may not connect there.",
    11206: "What answered does not speak HTTP, or ended its answer early.",
    11210: "The host name of the web app was not found.",
    11215: "Redirects, or documents that lead to one another, do not come to an end.",
    11220: "The TLS handshake with the web app failed.",
    11235: "The certificate of the web app is for another name.",
    11236: "The certificate of the web app is out of date.",
    11237: "The certificate of the web app is not trusted.",
    11240: "The overrides behind # in the URL cannot be read.",
    11241: "An override behind # in the URL is outside its limits.",
    11243: "The edge location behind # in the URL is not known.",
    11750: "The answer of the web app is larger than 64 kB.",
    12300: "The web app answered with a Content-Type that cannot be used here.",
}
_OTHERS = {
    10003: (
        "A call came in for a number whose account is suspended or closed; it was refused (403).",
        "Make the account active again, or move the number to another account.",
    ),
    11770: (
        "The web app answered without a body: the call ends, a message gets no reply.",
        "Answer with TwiML; `<Response/>` says that nothing is to be done.",
    ),
    12400: (
        "This server failed: it stopped during the call, or met an error of its own.",
        "Look into its log, which has the SID of the call; the call or message can be made again.",
    ),
    13224: (
        "A call could not be dialled: there is no trunk for it, its account is gone, or the number was refused.",
        "Add a trunk (callwright trunks add NAME --host HOST:PORT), or correct the number; `callwright explain NUMBER "
        "--from YOURS` tells which trunk would take it.",
    ),
    13320: (
        "A verb within a <Gather> cannot be used there; it is left out.",
        "Put only <Say>, <Play> and <Pause> into it, each as it may be written alone.",
    ),
    13420: (
        "What a <Play> names is no audio that can be played; it is left out.",
        "Answer its URL with WAV, MP3, FLAC or Ogg and the Content-Type of it.",
    ),
    13520: (
        "The text of a <Say> cannot be spoken as it is.",
        "Correct its SSML, or make the text shorter; the text of the warning says which.",
    ),
    14106: (
        "The <Redirect>s of a message's documents lead in a circle.",
        "End it in the web app: answer one of them with <Message> or <Response/>.",
    ),
    15003: (
        "A status callback was answered with an error.",
        "Answer status callbacks with any status below 400; their answer is not looked at.",
    ),
}

#: By code: the meaning, and what to do.
DEBUGGER = {code: (meaning, fix_of(code)) for code, meaning in _MEANINGS.items()} | _OTHERS
