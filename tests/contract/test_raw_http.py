"""What client libraries hide: requests and answers as they are on the wire."""

import base64
import json
import socket

from tests.contract.conftest import ContractServer


def exchanged(server: ContractServer, request_line: str, body: bytes = b"") -> tuple[bytes, bytes]:
    """Head and body of the answer; the connection is closed after it."""
    credentials = base64.b64encode(f"{server.account_sid}:{server.auth_token}".encode()).decode()
    head = (
        f"{request_line} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Basic {credentials}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    port = int(server.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(head.encode() + body)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    start, _, rest = answer.partition(b"\r\n\r\n")
    return start, rest


def test_an_inequality_is_read_without_percent_encoding(contract_server: ContractServer) -> None:
    path = f"/2010-04-01/Accounts/{contract_server.account_sid}/Calls.json?StartTime<=2009-07-06&StartTime>=2009-07-01"
    head, body = exchanged(contract_server, f"GET {path}")
    assert head.startswith(b"HTTP/1.1 200")
    assert "StartTime%3C=2009-07-06&StartTime%3E=2009-07-01" in json.loads(body)["uri"]


def test_a_head_request_gets_no_body(contract_server: ContractServer) -> None:
    head, body = exchanged(contract_server, f"HEAD /2010-04-01/Accounts/{contract_server.account_sid}.json")
    assert head.startswith(b"HTTP/1.1 200")
    assert int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]) > 100
    assert body == b""


def test_a_nul_in_a_path_is_not_found(contract_server: ContractServer) -> None:
    path = f"/2010-04-01/Accounts/{contract_server.account_sid}/Applications/a%00b.json"
    head, body = exchanged(contract_server, f"GET {path}")
    assert head.startswith(b"HTTP/1.1 404")
    assert json.loads(body)["code"] == 20404


def test_a_body_without_a_type_is_read_as_a_form(contract_server: ContractServer) -> None:
    path = f"/2010-04-01/Accounts/{contract_server.account_sid}/Applications"
    head, body = exchanged(contract_server, f"POST {path}", b"FriendlyName=Callertron&VoiceUrl=")
    assert head.startswith(b"HTTP/1.1 201")
    assert b"<FriendlyName>Callertron</FriendlyName>" in body
    assert b"<VoiceUrl/>" in body
