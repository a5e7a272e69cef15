"""What Callertron says: TwiML documents as text. Relative URLs lead from one to the next."""

from collections.abc import Mapping
from xml.sax.saxutils import escape

#: A caller who presses nothing hears the menu this often.
_MOST_ROUNDS = 3

_WELCOME = (
    "Hello! This is Callertron, the demo of Callwright. You are talking to a web app: "
    "every word you hear was its answer to a request, a moment ago."
)
_MENU = (
    "Press 1 to hear the number you are calling from. Press 2 for some music. "
    "Press 3 to learn how this call works. Press 9 to say goodbye."
)
_HOW_IT_WORKS = (
    "Your number led to an application, and the application to the address of this web app. "
    "When you press a key, the app is asked again, with that key. "
    "Change the address of the application, and your next call goes to your own app, at once."
)

_WORDS = "Write NUMBER, HOW or TUNE, or call this number: it talks, too."
_GREETINGS = frozenset({"hello", "hi", "hey", "hallo", "hola", "bonjour", "ciao"})
_GREETING = f"Hello! This is Callertron, the demo of Callwright. {_WORDS}"
_HOW_MESSAGES_WORK = (
    "Your message led to an application, and the application to the address of this web app. What you read is its "
    "answer. The app counts your messages in a cookie, which is kept for you and this number."
)


def menu(round_number: int) -> str:
    """Greeting (the first time) and menu; round after round until a key is pressed, then goodbye."""
    if round_number >= _MOST_ROUNDS:
        return goodbye("I did not hear a key, so I will let you go.")
    # The greeting is inside the Gather, so that whoever knows the menu need not wait for it.
    greeting = f"<Say>{_WELCOME}</Say><Pause/>" if round_number == 0 else ""
    return _response(
        f"""<Gather numDigits="1" timeout="6" action="key">
    {greeting}<Say>{_MENU}</Say>
  </Gather>
  <Redirect>voice?round={round_number + 1}</Redirect>"""
    )


def answer_to_key(parameters: Mapping[str, str]) -> str:
    """What follows the pressed key; each choice but goodbye leads back to the menu."""
    choices = {
        "1": f"<Say>{_caller(parameters)}</Say>",
        "2": "<Play>tune.wav</Play>",
        "3": f"<Say>{_HOW_IT_WORKS}</Say>",
    }
    key = parameters.get("Digits", "")
    if key == "9":
        return goodbye("Thank you for calling.")
    chosen = choices.get(key, "<Say>That key does nothing here.</Say>")
    return _response(f"{chosen}<Pause/>\n  <Redirect>voice?round=1</Redirect>")


def goodbye(reason: str) -> str:
    return _response(f"<Say>{reason} Goodbye!</Say>\n  <Hangup/>")


def reply_to_message(parameters: Mapping[str, str], earlier_messages: int) -> str:
    """The answer to a message: TwiML too. `earlier_messages` are those that this pair of numbers wrote before."""
    if parameters.get("OptOutType"):
        return _response("")  # STOP, START and HELP were answered already, by the platform
    body = parameters.get("Body", "").strip()
    word = body.rstrip("!.?").casefold()
    if word == "tune":
        return _response("<Message><Body>Callertron's tune, as a file.</Body><Media>tune.wav</Media></Message>")
    if word in _GREETINGS:
        said = _GREETING if earlier_messages == 0 else f"Hello again! {_WORDS}"
    elif word == "number":
        said = f"You write from {escape(parameters.get('From', '')[:40])}."
    elif word == "how":
        said = _HOW_MESSAGES_WORK
    else:
        heard = f"“{escape(body[:160])}”" if body else "an empty message"
        said = f"You wrote {heard}. {_WORDS}"
    return _response(f"<Message>{said} This was message {earlier_messages + 1} of our conversation.</Message>")


def _caller(parameters: Mapping[str, str]) -> str:
    """The number of the person on the line, digit by digit: on a call we placed that is the one called."""
    is_outgoing = parameters.get("Direction", "").startswith("outbound")
    number = parameters.get("To" if is_outgoing else "From", "")
    if not number.startswith("+") or not number[1:].isdecimal():
        return "I cannot see your number: your phone or its provider keeps it to itself."
    return f"Your number is plus {', '.join(number[1:])}."


def _response(inner: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<Response>\n  {inner}\n</Response>\n'
