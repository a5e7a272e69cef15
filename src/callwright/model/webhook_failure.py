"""What to do when a web app fails: a fix for each of the debugger's codes about a URL and its answer.

Source of the codes: reference, conventions "Debugger codes".
"""

_BY_CODE = {
    11100: "Give an absolute http or https URL, without spaces or underscores in its host name.",
    11200: "Make the web app answer with status 200 within 15 seconds.",
    11205: "Start the web app, check host and port, and that this server may reach it (CALLWRIGHT_EGRESS).",
    11206: "Check that a web server answers at this host and port, and that http and https are not mixed up.",
    11210: "Check the spelling of the host name, and that the name server of this machine knows it.",
    11215: "Name the URL that the redirects lead to, or end the loop in the web app.",
    11220: "Check that the port speaks TLS, or use http.",
    11235: "Use the host name that the certificate is for, or get a certificate for this one.",
    11236: "Renew the certificate of the web app.",
    11237: "Install a certificate (with its intermediates) that an authority known to this machine has signed.",
    11240: "Correct what stands behind # in the URL, for example #rc=2&rt=5000.",
    11241: "Keep the numbers behind # in the URL within their limits.",
    11243: "Correct the edge locations behind # in the URL.",
    11750: "Answer with less than 64 kB; for long audio answer <Play> with its URL.",
    12100: "Answer with well-formed XML whose root is <Response>; correct the named line.",
    12200: "Use only the verbs and nouns of TwiML, each where it belongs; correct the named line.",
    12300: "Send the header Content-Type: text/xml with TwiML.",
}
_BY_STATUS = {
    400: "The web app refused the parameters: its log tells why.",
    401: "Put user name and password into the URL (https://USER:PASSWORD@HOST/…), or open this path.",
    403: "If the web app checks the signature, give it this account's AuthToken and the URL exactly as configured.",
    404: "Check the path: the web app runs, but has nothing there.",
    405: "Use the other method (GET or POST), or let the web app answer this one.",
    429: "The web app limits its requests: let those of this server pass.",
}
_LOOK_INTO_LOG = "The web app failed: its log tells why."
_FOLLOW_REDIRECT = "Redirect with a Location header and status 301, 302, 303, 307 or 308, or answer with status 200."


def fix_of(code: int, status: int | None = None) -> str:
    """What to do about a failure with that code; `status` is the HTTP status where there was an answer."""
    if code == 11200 and status is not None:
        return _BY_STATUS.get(status) or _by_class(status)
    return _BY_CODE.get(code, "The message names what to change.")


def _by_class(status: int) -> str:
    if status >= 500:
        return _LOOK_INTO_LOG
    return _FOLLOW_REDIRECT if 300 <= status < 400 else _BY_CODE[11200]
