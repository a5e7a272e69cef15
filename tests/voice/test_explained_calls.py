"""Real SIP calls into the started server went where Explain said, step by step."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from tests.running.phone import Phone
from tests.running.server import RunningServer
from tests.running.waiting import eventually
from tests.running.web_app import WebApp

NewPhone = Callable[[], Phone]
NewNumber = Callable[..., str]
CALLER = "+15557770001"
ALWAYS_CLOSED = {"time_zone": "Europe/Berlin", "week": {}}


def explained(server: RunningServer, **query: str) -> Any:
    answer = httpx.get(f"{server.url}/v1/Explain", params=query, auth=server.credentials, timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.json()


def trunk_of(server: RunningServer) -> str:
    """The trunk that lets loopback in: the server's first, made at its first start."""
    return str(server.v1("GET", "/Trunks")["trunks"][-1]["sid"])


@pytest.mark.parametrize("case", ["plain", "variant", "closed", "number"])
def test_a_call_goes_where_explain_said(
    case: str, server: RunningServer, web_app: WebApp, new_phone: NewPhone, new_number: NewNumber
) -> None:
    path = {"variant": "variant", "closed": "closed"}.get(case, "main")
    urls = {name: web_app.answer(f"/explain-{case}/{name}", "<Response/>") for name in ("main", "variant", "closed")}
    app = server.rest("POST", "/Applications", FriendlyName=f"explain-{case}", VoiceUrl=urls["main"])
    if case == "variant":
        server.v1("POST", f"/Applications/{app['sid']}", voice_variants=[{"url": urls["variant"], "weight": 100}])
    if case == "closed":
        hours = {**ALWAYS_CLOSED, "closed_voice_url": urls["closed"]}
        server.v1("POST", f"/Applications/{app['sid']}", opening_hours=hours)
    settings = {} if case == "number" else {"VoiceApplicationSid": app["sid"]}
    number = new_number(VoiceUrl=urls["main"], **settings)
    told = explained(server, To=number, From=CALLER, Channel="voice", TrunkSid=trunk_of(server))

    new_phone().call(number, server.sip).wait_for("ended")
    asked = web_app.wait_for(f"/explain-{case}/{path}")[0].parameters

    call = server.v1("GET", f"/Calls/{asked['CallSid']}")
    assert call["route"] == told["route"]
    assert told["outcome"]["kind"] == "webhook"
    assert told["outcome"]["url"] == urls[path]
    assert (call["from"], call["application_sid"]) == (CALLER, None if case == "number" else app["sid"])
    assert told["warnings"] == [] or case in ("variant", "closed")


def test_a_refused_call_is_explained_beforehand_and_told_to_the_account(
    server: RunningServer, new_phone: NewPhone
) -> None:
    strange = "+15557999999"
    told = explained(server, To=strange, From=CALLER, TrunkSid=trunk_of(server))
    assert told["outcome"]["kind"] == "refused"
    phone = new_phone().call(strange, server.sip)
    assert phone.wait_for("ended")["status"] == told["outcome"]["sip_status"] == 404

    def refusals() -> list[Any]:
        found = server.rest("GET", "/Notifications")["notifications"]
        ours = [one for one in found if strange in one["message_text"]]  # others call unknown numbers, too
        return [one for one in ours if one["error_code"] == str(told["outcome"]["code"])]

    [notification] = eventually(refusals, bool)
    assert notification["message_text"] == told["outcome"]["text"]
    again = explained(server, To=strange, From=CALLER)
    assert "refused-before" in [warning["kind"] for warning in again["warnings"]]
