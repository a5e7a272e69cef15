"""The official Node SDK against the running API (tests/node/contract.js says what it does)."""

import json
import subprocess
from datetime import UTC, datetime

from tests.contract.conftest import ContractServer

from callwright.model.record import position_of
from callwright.model.resources.media import Media
from callwright.model.resources.message import Message
from callwright.model.resources.short_code import ShortCode


def store_what_was_sent(server: ContractServer) -> None:
    """A delivered message with one file, and a short code."""
    message_sid, media_sid, account_sid = "MM" + "7" * 32, "ME" + "7" * 32, server.account_sid
    server.store(
        Message.model_construct(
            sid=message_sid,
            account_sid=account_sid,
            position=position_of(message_sid),
            body="a secret",
            to="+15555550177",
            status="delivered",
            num_media="1",
            date_sent=datetime.now(UTC),
        ),
        Media.model_construct(
            sid=media_sid,
            account_sid=account_sid,
            parent_sid=message_sid,
            content_type="image/png",
            content_sid=media_sid,
        ),
        ShortCode.model_construct(
            sid="SC" + "7" * 32, account_sid=account_sid, short_code="55501", friendly_name="Votes"
        ),
    )


def test_the_node_sdk_performs_every_operation(contract_server: ContractServer) -> None:
    store_what_was_sent(contract_server)
    command = ["node", "contract.js", contract_server.url, contract_server.account_sid, contract_server.auth_token]
    run = subprocess.run(command, cwd="tests/node", capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    seen = json.loads(run.stdout)

    def refusal(code: int, status: int = 400) -> dict[str, object]:
        return {"code": code, "status": status, "moreInfo": f"https://www.twilio.com/docs/errors/{code}"}

    assert seen == {
        "application": {"voiceUrl": None, "smsMethod": "GET", "name": "Node"},
        "paged": 5,
        "removed": True,
        "gone": refusal(20404, 404),
        "pointed": True,
        "capabilities": {"voice": True, "sms": True, "mms": True, "fax": False},
        "found": 1,
        "tollFree": "+18005550190",
        "local": 1,
        "mobile": 0,
        "wrongType": refusal(21458),
        "queued": "queued",
        "from": "+15555550190",
        "today": 0,
        "canceled": "canceled",
        "redirect": refusal(21220),
        "notifications": 0,
        "events": 0,
        "deleted": True,
        "noInstructions": refusal(21205),
        "message": {"body": "Hello", "numMedia": "2", "errorCode": None, "price": None},
        "scheduled": "scheduled",
        "unscheduled": "canceled",
        "tooLong": refusal(21617),
        "file": "image/png",
        "fileRemoved": True,
        "feedback": "unconfirmed",
        "redacted": "",
        "messageRemoved": True,
        "shortCode": "http://app.test/sms",
        "shortCodeName": "Votes",
        "owner": contract_server.account_sid,
        "closed": "closed",
        "accounts": 2,
        "allNotifications": 0,
    }
