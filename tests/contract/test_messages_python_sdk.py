"""The official Python SDK against the running API: messages, their media and feedback, short codes."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
from tests.contract.conftest import ContractServer
from twilio.base.exceptions import TwilioRestException

from callwright.model.record import position_of
from callwright.model.resources.media import Media
from callwright.model.resources.message import Message
from callwright.model.resources.short_code import ShortCode
from callwright.sdk import Client
from callwright.usecases.media_url import media_url

NOW = datetime.now(UTC)
SENDER, RECIPIENT = "+15555550100", "+15555550111"


@pytest.fixture(scope="module")
def client(contract_server: ContractServer) -> Iterator[Any]:
    made = Client(contract_server.account_sid, contract_server.auth_token, base_url=contract_server.url)
    made.incoming_phone_numbers.create(phone_number=SENDER)
    yield made
    made.http_client.session.close()


def stored(server: ContractServer, sid: str) -> Message:
    message = server.database.read_sync(lambda unit: unit.get(Message, sid))
    assert message is not None
    return message


def code_of(refused: pytest.ExceptionInfo[TwilioRestException]) -> tuple[int, int]:
    return refused.value.status, refused.value.code


def test_a_message_is_created_and_fetched(client: Any) -> None:
    made = client.messages.create(to=RECIPIENT, from_=SENDER, body="Hello")
    assert (made.to, made.from_, made.body, made.status) == (RECIPIENT, SENDER, "Hello", "queued")
    assert (made.direction, made.num_segments, made.num_media) == ("outbound-api", "1", "0")
    assert (made.price, made.price_unit, made.error_code, made.error_message) == (None, "USD", None, None)
    assert (made.messaging_service_sid, made.date_sent, made.api_version) == (None, None, "2010-04-01")
    assert made.sid.startswith("SM")
    assert abs(made.date_created - datetime.now(UTC)) < timedelta(minutes=5)
    assert set(made.subresource_uris) == {"media", "feedback"}
    assert client.messages(made.sid).fetch().body == "Hello"


def test_a_message_is_created_with_every_parameter(client: Any, contract_server: ContractServer) -> None:
    application = client.applications.create(message_status_callback="http://app.test/of-application")
    made = client.messages.create(
        to=RECIPIENT,
        from_=SENDER,
        body="Look – “smart” quotes",
        media_url=["http://app.test/a.png", "http://app.test/b.png"],
        status_callback="http://app.test/s",
        application_sid=application.sid,
        max_price="0.5",
        provide_feedback=True,
        attempt=2,
        validity_period=600,
        force_delivery=False,
        content_retention="retain",
        address_retention="retain",
        smart_encoded=True,
        schedule_type="fixed",
        send_at=NOW + timedelta(hours=1),
        send_as_mms=False,
        risk_check="disable",
        shorten_urls=False,
    )
    assert made.sid.startswith("MM")
    assert (made.status, made.num_media) == ("scheduled", "2")
    message = stored(contract_server, made.sid)
    assert message.media_urls == ["http://app.test/a.png", "http://app.test/b.png"]
    assert message.status_callback == "http://app.test/s"
    assert message.body == 'Look - "smart" quotes'
    assert message.send_at is not None
    assert message.expires_at == message.send_at + timedelta(seconds=600)
    assert client.messages(made.sid).update(status="canceled").status == "canceled"
    with pytest.raises(TwilioRestException) as refused:
        client.messages(made.sid).update(status="canceled")
    assert refused.value.code == 30409


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"to": ""}, 21604),
        ({"from_": ""}, 21603),
        ({"body": ""}, 21602),
        ({"body": "x" * 1601}, 21617),
        ({"to": "nobody"}, 21211),
        ({"from_": "+15555550999"}, 21606),
        ({"status_callback": "nowhere"}, 21609),
        ({"media_url": ["ftp://a.test/"]}, 21620),
        ({"media_url": ["http://a.test/"] * 11}, 21623),
        ({"validity_period": 0}, 21624),
        ({"schedule_type": "fixed"}, 35111),
        ({"content_sid": "HX" + "1" * 32}, 20422),
        ({"messaging_service_sid": "MG" + "1" * 32}, 20422),
    ],
)
def test_what_cannot_be_sent_is_refused(client: Any, changes: dict[str, Any], code: int) -> None:
    with pytest.raises(TwilioRestException) as refused:
        client.messages.create(**{"to": RECIPIENT, "from_": SENDER, "body": "Hello", **changes})
    assert code_of(refused) == (400, code)


def test_a_body_is_redacted_and_a_message_deleted_once_it_is_over(client: Any, contract_server: ContractServer) -> None:
    made = client.messages.create(to=RECIPIENT, from_=SENDER, body="a secret")
    with pytest.raises(TwilioRestException) as refused:
        client.messages(made.sid).update(body="another text")
    assert refused.value.status == 400
    contract_server.change(Message, made.sid, status="delivered")
    assert client.messages(made.sid).update(body="").body == ""
    assert stored(contract_server, made.sid).body in (None, "")
    assert client.messages(made.sid).delete() is True
    with pytest.raises(TwilioRestException) as refused:
        client.messages(made.sid).fetch()
    assert code_of(refused) == (404, 20404)


def test_messages_are_found_by_every_filter_over_all_pages(client: Any, contract_server: ContractServer) -> None:
    made = []
    for day in range(1, 8):
        sid = f"{('SM', 'MM')[day % 2]}{day:032x}"
        made.append(sid)
        contract_server.store(
            Message.model_construct(
                sid=sid,
                account_sid=contract_server.account_sid,
                position=position_of(sid),
                from_="+15555550140",
                to=f"+1555555015{day % 2}",
                status="delivered",
                date_sent=datetime(2020, 2, day, 12, tzinfo=UTC),
            )
        )

    def days(**filters: Any) -> list[int]:
        return [row.date_sent.day for row in client.messages.list(from_="+15555550140", **filters)]

    assert days() == [7, 6, 5, 4, 3, 2, 1]
    assert days(page_size=2) == [7, 6, 5, 4, 3, 2, 1]
    assert days(limit=3) == [7, 6, 5]
    assert days(to="+15555550150", page_size=2) == [6, 4, 2]
    assert days(date_sent=date(2020, 2, 2)) == [2]
    assert days(date_sent_before=date(2020, 2, 2)) == [2, 1]
    assert days(date_sent_after=datetime(2020, 2, 6, 12, tzinfo=UTC)) == [7, 6]
    page = client.messages.page(from_="+15555550140", page_size=3)
    following = page.next_page()
    assert [row.sid for row in following] == made[3:0:-1]
    assert [row.sid for row in following.previous_page()] == made[:3:-1]
    assert [row.sid for row in following.next_page()] == made[:1]


def with_media(server: ContractServer, number: int, content: bytes = b"GIF89a") -> tuple[Message, Media]:
    """A message that was sent, with one file."""
    message_sid, sid = f"MM{number:032x}", f"ME{number:032x}"
    message = Message.model_construct(
        sid=message_sid,
        account_sid=server.account_sid,
        position=position_of(message_sid),
        status="delivered",
        num_media="1",
    )
    media = Media.model_construct(
        sid=sid, account_sid=server.account_sid, parent_sid=message_sid, content_type="image/gif", content_sid=sid
    )
    server.store(message, media)
    server.media.files[sid] = content
    return message, media


def test_media_are_listed_fetched_opened_and_deleted(client: Any, contract_server: ContractServer) -> None:
    message, media = with_media(contract_server, 100)
    (row,) = client.messages(message.sid).media.list(date_created_after=date(2020, 1, 1))
    assert (row.sid, row.content_type, row.parent_sid) == (media.sid, "image/gif", message.sid)
    assert client.messages(message.sid).media.list(date_created_before=date(2020, 1, 1)) == []
    fetched = client.messages(message.sid).media(media.sid).fetch()
    assert fetched.uri.endswith(f"/Messages/{message.sid}/Media/{media.sid}.json")
    file_url = contract_server.url + fetched.uri.removesuffix(".json")
    credentials = (contract_server.account_sid, contract_server.auth_token)
    opened = httpx.get(file_url, auth=credentials)
    assert (opened.content, opened.headers["content-type"]) == (b"GIF89a", "image/gif")
    assert httpx.get(file_url, auth=credentials, headers={"if-none-match": opened.headers["etag"]}).status_code == 304
    assert httpx.head(file_url, auth=credentials).headers["content-length"] == "6"
    assert httpx.get(file_url).status_code == 401
    assert client.messages(message.sid).media(media.sid).delete() is True
    assert httpx.get(file_url, auth=credentials).status_code == 404


def test_a_signed_link_opens_the_file_without_credentials(contract_server: ContractServer) -> None:
    _, media = with_media(contract_server, 101)
    link = media_url(contract_server.secrets, contract_server.settings, media, datetime.now(UTC))
    link = contract_server.url + link.removeprefix(contract_server.settings.base_url)
    assert httpx.get(link).content == b"GIF89a"
    assert httpx.get(link + "0").status_code == 403


def test_feedback(client: Any, contract_server: ContractServer) -> None:
    message, _ = with_media(contract_server, 102)
    told = client.messages(message.sid).feedback.create(outcome="unconfirmed")
    assert (told.message_sid, told.outcome) == (message.sid, "unconfirmed")
    assert told.uri.endswith(f"/Messages/{message.sid}/Feedback.json")
    assert client.messages(message.sid).feedback.create().outcome == "confirmed"
    with pytest.raises(TwilioRestException) as refused:
        client.messages("SM" + "0" * 32).feedback.create()
    assert code_of(refused) == (404, 20404)


def test_short_codes(client: Any, contract_server: ContractServer) -> None:
    sid = "SC" + "1" * 32
    contract_server.store(
        ShortCode.model_construct(
            sid=sid, account_sid=contract_server.account_sid, friendly_name="Votes", short_code="55500"
        )
    )
    assert [row.sid for row in client.short_codes.list(short_code="55500", friendly_name="Votes")] == [sid]
    assert client.short_codes(sid).fetch().short_code == "55500"
    changed = client.short_codes(sid).update(sms_url="http://app.test/sms", sms_method="GET", friendly_name="Polls")
    assert (changed.sms_url, changed.sms_method, changed.friendly_name) == ("http://app.test/sms", "GET", "Polls")
    made = client.messages.create(to="55500", from_=SENDER, body="yes")
    assert made.to == "55500"


def test_the_old_resource(client: Any, contract_server: ContractServer) -> None:
    url = f"{contract_server.url}/2010-04-01/Accounts/{contract_server.account_sid}/SMS/Messages"
    credentials = (contract_server.account_sid, contract_server.auth_token)
    form = {"To": RECIPIENT, "From": SENDER, "Body": "the old way"}
    made = httpx.post(f"{url}.json", data=form, auth=credentials)
    assert made.status_code == 201
    sid = made.json()["sid"]
    assert client.messages(sid).fetch().body == "the old way"
    listed = httpx.get(f"{url}.json", params={"PageSize": "1"}, auth=credentials).json()
    assert [row["sid"] for row in listed["sms_messages"]] == [sid]
    too_long = httpx.post(f"{url}.json", data={**form, "Body": "x" * 161}, auth=credentials)
    assert (too_long.status_code, too_long.json()["code"]) == (400, 21605)
