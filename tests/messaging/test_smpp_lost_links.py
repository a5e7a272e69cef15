"""Links lost in mid-window: what was not acknowledged is unknown, and nothing is submitted twice unasked."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.messaging.conftest import OpenWay
from tests.messaging.way import Way, drawn_number, opened
from tests.running.server import RunningServer
from tests.running.smsc import Smsc
from tests.running.waiting import eventually
from tests.running.web_app import Asked, Reply, WebApp

MESSAGES = 30
LOST_AFTER = 12
UNANSWERED = 4
FINAL = ("delivered", "undelivered", "failed")


def send_and_lose(way: Way) -> dict[str, str]:
    """Send messages while the SMSC loses the link; each one's SID by its text."""
    way.smsc.set(answer_delay_ms=50, disconnect_after=LOST_AFTER, unanswered=UNANSWERED)
    sent = {}
    for number in range(MESSAGES):
        body = f"message {number}"
        sent[body] = way.send(drawn_number(), body)
    return sent


def test_exactly_what_was_not_acknowledged_is_unknown_and_nothing_goes_twice(smsc: Smsc, open_way: OpenWay) -> None:
    way = open_way(smsc, settings={"reconnect_s": 0.5})
    sent = send_and_lose(way)
    messages = {body: way.wait_for(sid, *FINAL) for body, sid in sent.items()}
    unknown = {body for body, message in messages.items() if message["status"] == "undelivered"}
    assert {message["error_code"] for body, message in messages.items() if body in unknown} == {30008}
    assert all("retry_unacknowledged" in messages[body]["error_message"] for body in unknown)
    submitted = Counter(submit.text for submit in smsc.submits())
    assert set(submitted.values()) == {1}
    # What lay in the socket when the link was lost was never read by the SMSC, and is unknown here nevertheless.
    unread = set(sent) - set(submitted)
    assert unknown == {submit.text for submit in smsc.unanswered()} | unread
    assert len(smsc.unanswered()) >= UNANSWERED
    assert all(messages[body]["status"] == "delivered" for body in set(sent) - unknown)


def test_what_was_not_acknowledged_goes_again_where_that_is_wanted(smsc: Smsc, open_way: OpenWay) -> None:
    way = open_way(smsc, settings={"reconnect_s": 0.5}, retry_unacknowledged=True)
    sent = send_and_lose(way)
    for sid in sent.values():
        assert way.wait_for(sid, *FINAL)["status"] == "delivered"
    acknowledged = {(answer.session, answer.sequence) for answer in smsc.answered()}
    times = Counter(submit.text for submit in smsc.submits() if (submit.session, submit.sequence) in acknowledged)
    assert times == dict.fromkeys(sent, 1)
    assert len(smsc.unanswered()) >= UNANSWERED


def test_messages_wait_while_the_carrier_is_away(smsc: Smsc, open_way: OpenWay) -> None:
    port = smsc.port
    way = open_way(smsc, settings={"reconnect_s": 0.5})
    smsc.close()
    eventually(way.connection, lambda connection: not connection["is_ready"])
    sid = way.send(drawn_number(), "see you later")
    assert way.message(sid)["status"] == "queued"
    with Smsc(port=port) as back:
        way.wait_for(sid, "delivered")
        assert [submit.text for submit in back.submits()] == ["see you later"]


@pytest.fixture
def fast_server(tmp_path: Path) -> Iterator[RunningServer]:
    """A server for one test that kills it."""
    running = RunningServer(tmp_path / "data", environment={"CALLWRIGHT_MESSAGES_PER_SECOND": "1000"}).start()
    yield running
    running.close()


def test_a_killed_server_submits_nothing_twice(smsc: Smsc, fast_server: RunningServer) -> None:
    with opened(fast_server, smsc) as way:
        smsc.set(answer_delay_ms=300)
        sent = {f"message {number}": way.send(drawn_number(), f"message {number}") for number in range(MESSAGES)}
        smsc.wait_for_submits(5)
        fast_server.kill()
        fast_server.start()
        smsc.set(answer_delay_ms=0)
        messages = {body: way.wait_for(sid, *FINAL, "sent") for body, sid in sent.items()}
    submitted = Counter(submit.text for submit in smsc.submits())
    assert set(submitted.values()) == {1}
    unknown = {body for body, message in messages.items() if message["status"] == "undelivered"}
    assert {messages[body]["error_code"] for body in unknown} <= {30008}
    assert set(sent) - set(submitted) <= unknown


def test_what_was_acknowledged_before_a_kill_is_kept_and_replied_to_once(
    smsc: Smsc, fast_server: RunningServer, web_app: WebApp
) -> None:
    def echo(asked: Asked) -> Reply:
        return Reply(f"<Response><Message>re {asked.parameters['Body']}</Message></Response>", delay_s=0.02)

    url = web_app.answer("/killed", echo)
    with opened(fast_server, smsc, number_fields={"SmsUrl": url}) as way:
        tags = {
            f"text {number}": smsc.start_deliver(f"1555777{number:04}", way.number.removeprefix("+"), f"text {number}")
            for number in range(100)
        }
        web_app.wait_for("/killed", 5)
        fast_server.kill()
        acknowledged = {body for body, tag in tags.items() if smsc.answers(tag) == [0]}
        fast_server.start()
        way.wait_until_ready()
        received = Counter(message["body"] for message in way.received(len(acknowledged)))
        assert set(received.values()) == {1}
        assert acknowledged <= set(received)
        replies = eventually(lambda: _replies_of(way), lambda replies: replies.total() >= received.total())
        assert replies == {f"re {body}": 1 for body in received}
    assert set(Counter(submit.text for submit in smsc.submits()).values()) <= {1}


def _replies_of(way: Way) -> Counter[str]:
    page = way.server.rest("GET", "/Messages", From=way.number, PageSize=200)["messages"]
    return Counter(message["body"] for message in page)
