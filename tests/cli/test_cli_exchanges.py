"""`callwright exchanges` on a started server: the webhook of a real call fails, is found, explained and replayed."""

from itertools import count
from pathlib import Path

import pytest
from tests.cli.conftest import Ran, Run
from tests.running.server import RunningServer
from tests.running.waiting import eventually
from tests.running.web_app import Asked, Reply, WebApp
from twilio.request_validator import RequestValidator

_numbers = count(15_558_300_001)
HOSTILE = "<html>\x1b[31mred\x07 \x9b2J\u202e\r\nsecond line</html>"


def at(server: RunningServer) -> tuple[str, Path]:
    return "--data", server.data


@pytest.fixture
def failed(run: Run, server: RunningServer, web_app: WebApp) -> str:
    """The SID of the exchange of a call whose web app answered 500."""
    number = f"+{next(_numbers)}"
    url = web_app.answer("/x/broken", Reply(HOSTILE, "text/html", 500))
    app = server.rest("POST", "/Applications", FriendlyName=f"Broken {number}", VoiceUrl=url)
    server.rest("POST", "/IncomingPhoneNumbers", PhoneNumber=number, VoiceApplicationSid=app["sid"])
    run("call", number, "--hang-up-after", "0", *at(server))
    listed = eventually(
        lambda: run("exchanges", "list", "--failures", "--app", app["sid"], "--since", "10m", "--json", *at(server)),
        lambda ran: ran.json != [],
    ).json
    assert [(row["url"], row["status_code"], row["error_code"]) for row in listed] == [(url, 500, 11200)]
    return str(listed[0]["sid"])


def asked_of(web_app: WebApp) -> Asked:
    return [one for one in web_app.asked if one.path == "/x/broken"][-1]


def check_terminal(ran: Ran) -> None:
    for sign in ("\x1b", "\x07", "\x9b", "\u202e", "\r"):
        assert sign not in ran.out


def test_a_failed_webhook_is_listed_shown_and_replayed_to_a_url_that_works(
    run: Run, server: RunningServer, web_app: WebApp, failed: str
) -> None:
    asked = asked_of(web_app)
    listed = run("exchanges", "list", "--call", asked.parameters["CallSid"], *at(server))
    assert failed in listed.out
    assert "11200" in listed.out
    assert "No exchanges" in run("exchanges", "list", "--failures", "--until", "1d", *at(server)).out

    shown = run("exchanges", "show", failed, *at(server))
    assert shown.status == 0, shown.error
    check_terminal(shown)
    for text in ("Answer: 500", "second line", asked.headers["X-Twilio-Signature"], "CallSid", "fix:"):
        assert text in shown.out
    signed_text = run("exchanges", "show", failed, "--json", *at(server)).json["signature"]["signed_text"]
    assert signed_text in shown.out.replace("\n", "")

    again = run("exchanges", "replay", failed, *at(server))
    assert (again.status, "answered 500" in again.out) == (3, True)
    check_terminal(again)

    fixed = web_app.answer("/x/fixed", "<Response><Say>Hello</Say></Response>")
    replayed = run("exchanges", "replay", failed, fixed, "--reason", "fixed it", *at(server))
    assert replayed.status == 0, replayed.error
    assert "answered 200" in replayed.out
    assert "<Say>" in replayed.out
    [same] = [one for one in web_app.asked if one.path == "/x/fixed"]
    assert same.parameters == asked.parameters
    assert RequestValidator(server.credentials[1]).validate(fixed, same.parameters, same.headers["X-Twilio-Signature"])

    replays = eventually(
        lambda: server.v1("GET", f"/Exchanges/{failed}")["replays"], lambda found: len(found) == 2
    )  # fmt: skip
    assert [(one["kind"], one["status_code"], one["call_sid"]) for one in replays] == [
        ("replay", 200, None),
        ("replay", 500, None),
    ]
    call = server.rest("GET", f"/Calls/{asked.parameters['CallSid']}/Events")
    assert len(call["events"]) == 1, "nothing happened to the call"
    gone = run("exchanges", "show", "EX" + "0" * 32, *at(server))
    assert (gone.status, "there is no exchange" in gone.error) == (1, True)


def test_the_doctor_says_what_a_receiver_behind_a_proxy_does_differently(
    run: Run, server: RunningServer, web_app: WebApp, failed: str
) -> None:
    asked = asked_of(web_app)
    token = server.credentials[1]
    url = server.v1("GET", f"/Exchanges/{failed}")["url"]
    wrong = RequestValidator(token).compute_signature(url.replace("http://", "https://"), asked.parameters)
    told = run("exchanges", "doctor", failed, "--signature", wrong, *at(server))
    assert told.status == 3
    assert "https://" in told.out
    assert token not in told.out
    told = run("exchanges", "doctor", failed, "--seen-url", f"{url}/", "--json", *at(server))
    assert [finding["cause"] for finding in told.json["findings"]] == ["trailing-slash"]
    told = run("exchanges", "doctor", failed, *at(server))
    assert (told.status, "If your app computes" in told.out) == (0, True)
    header = asked.headers["X-Twilio-Signature"]
    pasted = ("--seen-url", f"{url}?x=1", "--seen-body", asked.body.decode(), "--header", header)
    told = run("exchanges", "doctor", *pasted, "--json", *at(server))
    assert (told.status, told.json["exchange_sid"]) == (3, failed)
    assert [finding["cause"] for finding in told.json["findings"]] == ["query-added"]
    assert run("exchanges", "doctor", *at(server)).status == 2
