import pytest
from tests.unit.wire.sip_samples import request, request_bytes, response

from callwright.wire.sip.dialog import Dialog, OutOfOrder
from callwright.wire.sip.errors import MalformedMessage
from callwright.wire.sip.message import Request, Response, parse


def with_headers(message: Request | Response, *fields: tuple[str, str]) -> Request | Response:
    for name, value in fields:
        message.headers.add(name, value)
    return parse(message.encode())


def callee(*fields: tuple[str, str]) -> Dialog:
    invite = with_headers(request(), *fields)
    assert isinstance(invite, Request)
    return Dialog.of_server(invite, "me")


def caller(*fields: tuple[str, str], status: int = 200) -> Dialog:
    answer = with_headers(response(request(), status), *fields)
    assert isinstance(answer, Response)
    return Dialog.of_client(request(), answer)


def test_the_callee_sends_to_the_contact_of_the_caller() -> None:
    dialog = callee()
    assert dialog.key == ("call-1@192.0.2.10", "me", "ada")
    bye = dialog.next_request("BYE", "SIP/2.0/UDP 198.51.100.1;branch=z9hG4bK2", [])
    again = parse(bye.encode())
    assert isinstance(again, Request)
    assert again.uri == "sip:ada@192.0.2.10:5060"
    assert (again.from_tag, again.to_tag, again.cseq.sequence) == ("me", "ada", 2)
    assert dialog.next_hop() == ("192.0.2.10", 5060)


def test_the_caller_continues_the_numbers_of_its_invite() -> None:
    dialog = caller()
    assert dialog.is_confirmed
    assert dialog.next_request("BYE", "SIP/2.0/UDP a;branch=z9hG4bK2", []).cseq.sequence == 2
    ack = dialog.ack(request(), "SIP/2.0/UDP a;branch=z9hG4bK3")
    assert (ack.method, ack.cseq.sequence, ack.uri) == ("ACK", 1, "sip:bob@198.51.100.1:5070")
    assert dialog.next_hop() == ("198.51.100.1", 5070)


def test_a_provisional_response_makes_an_early_dialog() -> None:
    assert not caller(status=180).is_confirmed


def test_the_caller_turns_the_record_route_round_and_the_callee_does_not() -> None:
    route = ("Record-Route", "<sip:p1.invalid;lr>, <sip:10.0.0.2:5080;lr>")
    outward = caller(route)
    assert outward.route_set == ["<sip:10.0.0.2:5080;lr>", "<sip:p1.invalid;lr>"]
    assert outward.next_hop() == ("10.0.0.2", 5080)
    inward = callee(route)
    assert inward.route_set == ["<sip:p1.invalid;lr>", "<sip:10.0.0.2:5080;lr>"]
    bye = inward.next_request("BYE", "SIP/2.0/UDP a;branch=z9hG4bK2", [])
    assert bye.headers.all("Route") == inward.route_set
    assert bye.uri == "sip:ada@192.0.2.10:5060"


def test_a_strict_router_takes_the_request_uri() -> None:
    dialog = callee(("Record-Route", "<sip:10.0.0.1>, <sip:10.0.0.2;lr>"))
    bye = dialog.next_request("BYE", "SIP/2.0/UDP a;branch=z9hG4bK2", [])
    assert bye.uri == "sip:10.0.0.1"
    assert bye.headers.all("Route") == ["<sip:10.0.0.2;lr>", "<sip:ada@192.0.2.10:5060>"]


def test_requests_must_come_in_order() -> None:
    dialog = callee()
    dialog.receive(request("BYE", sequence=5, to_tag="me"))
    with pytest.raises(OutOfOrder):
        dialog.receive(request("INFO", sequence=4, to_tag="me"))


def test_the_callers_first_request_from_the_callee_may_have_any_number() -> None:
    caller().receive(request("BYE", sequence=1, to_tag="ada"))


def test_a_target_refresh_moves_the_dialog() -> None:
    dialog = callee()
    update = parse(request_bytes("UPDATE", sequence=2).replace(b"ada@192.0.2.10:5060>\r\nC", b"new@10.9.9.9>\r\nC"))
    assert isinstance(update, Request)
    dialog.refresh_target(update)
    assert dialog.next_hop() == ("10.9.9.9", 5060)


@pytest.mark.parametrize("contact", [b"", b"Contact: *\r\n", b"Contact: <sip:a@b:99999>\r\n", b"Contact: <>\r\n"])
def test_no_dialog_without_a_usable_contact(contact: bytes) -> None:
    invite = parse(request_bytes().replace(b"Contact: <sip:ada@192.0.2.10:5060>\r\n", contact))
    assert isinstance(invite, Request)
    with pytest.raises(MalformedMessage):
        Dialog.of_server(invite, "me")


def test_no_dialog_with_a_record_route_that_cannot_be_read() -> None:
    with pytest.raises(MalformedMessage):
        callee(("Record-Route", "<sip:10.0.0.1:99999;lr>"))
