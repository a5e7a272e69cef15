"""The official Node SDK against the running API (tests/node/contract.js says what it does)."""

import json
import subprocess

from tests.contract.conftest import ContractServer


def test_the_node_sdk_performs_every_operation(contract_server: ContractServer) -> None:
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
        "owner": contract_server.account_sid,
        "closed": "closed",
        "accounts": 2,
        "allNotifications": 0,
    }
