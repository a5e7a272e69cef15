"""An HTTP carrier of the started server, both ways: the two shapes of docs/how-to/connect-an-http-carrier.md."""

import base64
import hashlib
import hmac
import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from tests.running.server import RunningServer
from tests.running.waiting import eventually
from tests.running.web_app import Asked, Reply, WebApp

_numbers = itertools.count(10)


def number_here(server: RunningServer, **fields: Any) -> str:
    number = f"+155577700{next(_numbers)}"
    server.rest("POST", "/IncomingPhoneNumbers", PhoneNumber=number, **fields)
    return number


@contextmanager
def carrier_of(server: RunningServer, sender: str, secrets: dict[str, str], **settings: Any) -> Iterator[str]:
    """A running carrier for that sender; its SID."""
    carrier = server.v1(
        "POST",
        "/Carriers",
        friendly_name=f"web {sender}",
        kind="http",
        senders=[sender],
        settings=settings,
        secrets=secrets,
    )
    sid = str(carrier["sid"])
    eventually(lambda: server.v1("GET", f"/Carriers/{sid}")["connection"]["is_ready"], bool)
    yield sid
    server.v1("DELETE", f"/Carriers/{sid}")


def message(server: RunningServer, sid: str) -> Any:
    return server.rest("GET", f"/Messages/{sid}")


def test_a_form_api_with_its_identifier_in_json(server: RunningServer, web_app: WebApp) -> None:
    def answer(asked: Asked) -> Reply:
        number = asked.parameters["recipient"]
        return Reply(json.dumps({"success": True, "sms_id": int(number[-4:])}), "application/json")

    url = web_app.answer("/form-carrier/send", answer)
    told = web_app.answer("/form-carrier/told", Reply("", "text/plain", 204))
    here = number_here(server)
    settings = {
        "url": url,
        "fields": {"api_key": "{secret}", "sender": "{from}", "recipient": "{to}", "message": "{body}"},
        "numbers": "digits",
        "id_path": "sms_id",
        "error_path": "error.code",
        "webhook_auth": "basic",
        "webhook_username": "larkspur",
        "receipt_id": "sms_id",
        "receipt_status": "dlr",
        "statuses": {"DLVRD": "delivered", "NOTDLVRD": "undelivered"},
        "receipt_error": "reason",
        "error_codes": {"42": 30005},
    }
    secrets = {"secret": "form-secret", "webhook_secret": "hook-secret"}
    with carrier_of(server, here, secrets, **settings) as sid:
        sent = [
            server.rest("POST", "/Messages", From=here, To=to, Body="Größe & Co", StatusCallback=told)["sid"]
            for to in ("+15005554321", "+15005554322")
        ]
        for message_sid in sent:
            eventually(lambda at=message_sid: message(server, at)["status"], lambda status: status == "sent")  # type: ignore[misc]
        asked = web_app.requests_to("/form-carrier/send")[0]
        assert asked.parameters == {
            "api_key": "form-secret",
            "sender": here[1:],
            "recipient": "15005554321",
            "message": "Größe & Co",
        }
        receipts = f"{server.url}/carriers/{sid}/receipts"
        login = ("larkspur", "hook-secret")
        assert httpx.get(receipts, params={"sms_id": "4321", "dlr": "DLVRD"}).status_code == 401
        assert httpx.get(receipts, params={"sms_id": "4321", "dlr": "DLVRD"}, auth=login).status_code == 200
        failed = {"sms_id": "4322", "dlr": "NOTDLVRD", "reason": "42"}
        assert httpx.post(receipts, data=failed, auth=login).status_code == 200
        # Durable when it was answered: there is nothing to wait for.
        assert message(server, sent[0])["status"] == "delivered"
        second = message(server, sent[1])
        assert (second["status"], second["error_code"]) == ("undelivered", 30005)
        assert "NOTDLVRD: 42" in second["error_message"]


def test_a_json_api_with_webhooks(server: RunningServer, web_app: WebApp) -> None:
    url = web_app.answer("/json-carrier/messages", Reply('{"messages": [{"id": "hm-1"}]}', "application/json", 202))
    here = number_here(
        server, SmsUrl=web_app.answer("/json-carrier/app", "<Response><Message>Pong</Message></Response>")
    )
    settings = {
        "url": url,
        "content": "json",
        "fields": {
            "messages": [{"from": "{from}", "to": ["{to}"], "text": "{body}", "callback": "{callback_url}"}],
        },
        "auth": "bearer",
        "id_path": "messages[0].id",
        "webhook_auth": "hmac-sha256",
        "webhook_header": "X-Heron-Signature",
        "inbound_list": "events[]",
        "inbound_from": "message.from",
        "inbound_to": "message.to",
        "inbound_body": "message.text",
        "receipt_list": "events[]",
        "receipt_id": "message.id",
        "receipt_status": "state",
    }
    secrets = {"secret": "json-secret", "webhook_secret": "hook-secret"}

    def post(what: str, *events: dict[str, Any]) -> httpx.Response:
        body = json.dumps({"events": events}).encode()
        signature = base64.b64encode(hmac.new(b"hook-secret", body, hashlib.sha256).digest()).decode()
        address = f"{server.url}/carriers/{sid}/{what}"
        return httpx.post(address, content=body, headers={"X-Heron-Signature": signature})

    with carrier_of(server, here, secrets, **settings) as sid:
        caller = "+15005556789"
        answer = post("inbound", {"message": {"from": caller, "to": here, "text": "Ping"}})
        assert (answer.status_code, answer.text) == (200, "OK\n")
        (asked,) = web_app.wait_for("/json-carrier/app")
        assert (asked.parameters["From"], asked.parameters["Body"]) == (caller, "Ping")
        (reply,) = web_app.wait_for("/json-carrier/messages")
        assert reply.headers["Authorization"] == "Bearer json-secret"
        assert json.loads(reply.body) == {
            "messages": [
                {"from": here, "to": [caller], "text": "Pong", "callback": f"{server.url}/carriers/{sid}/receipts"}
            ]
        }
        (sent,) = server.rest("GET", "/Messages", From=here, To=caller)["messages"]
        # Also when the receipt is faster than the server is at storing what the API answered.
        assert post("receipts", {"message": {"id": "hm-1"}, "state": "delivered"}).status_code == 200
        eventually(lambda: message(server, sent["sid"])["status"], lambda status: status == "delivered")
        stranger = post("inbound", {"message": {"from": caller, "to": "+15557779999", "text": "Ping"}})
        assert stranger.status_code == 422
        assert "+15557779999" in stranger.text
        assert "json-secret" not in server.log
        assert "hook-secret" not in server.log
