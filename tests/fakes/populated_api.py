"""An API with one of everything in it, so that each operation of each resource can be performed."""

from typing import Any

import httpx
from tests.fakes.rest_api import BASE, RestApi

from callwright.model.exchange import Exchange
from callwright.model.record import Record, position_of
from callwright.model.resource import Operation, Resource
from callwright.model.resources.account import Account
from callwright.model.resources.application import Application
from callwright.model.resources.call import Call
from callwright.model.resources.carrier import Carrier
from callwright.model.resources.feedback import Feedback
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.resources.media import Media
from callwright.model.resources.message import Message
from callwright.model.resources.notification import Notification
from callwright.model.resources.short_code import ShortCode
from callwright.model.resources.trunk import Trunk

NUMBER = "+15555550100"
#: The bytes of the media there is.
FILE = b"\x89PNG of nothing"

#: What a create of the resource needs at least.
LEAST = {
    "IncomingPhoneNumbers": {"PhoneNumber": "+15555550199"},
    "IncomingPhoneNumbers/Local": {"PhoneNumber": "+15555550199"},
    "IncomingPhoneNumbers/Mobile": {"PhoneNumber": "+491711234567"},
    "IncomingPhoneNumbers/TollFree": {"PhoneNumber": "+18005550199"},
    "Messages": {"To": "+15555550111", "From": NUMBER, "Body": "Hello"},
    "SMS/Messages": {"To": "+15555550111", "From": NUMBER, "Body": "Hello"},
    "Calls": {"To": "+15555550111", "From": NUMBER, "Twiml": "<Response/>"},
}


class PopulatedApi(RestApi):
    """`owned` are the records of the account by their SID prefix."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.owned = self.populate(self.account, NUMBER)

    def populate(self, account: Account, number: str) -> dict[str, Record]:
        """One of everything for the account, every text of it set."""
        records = _one_of_each(self, account, number)
        self.storage.put(*records.values())
        self.media.files[records["ME"].sid] = FILE
        return {**records, "AC": account}

    def path_of(self, resource: Resource, *, is_instance: bool, account: Account | None = None, **sids: str) -> str:
        """The path with the SIDs of what is owned; `sids` replaces some of them."""
        values = {
            "AccountSid": (account or self.account).sid,
            "CallSid": self.owned["CA"].sid,
            "MessageSid": self.owned["MM"].sid,
            "Sid": self.owned[resource.sid_prefix].sid if resource.sid_prefix in self.owned else "",
        }
        path = f"{resource.path}/{{Sid}}" if is_instance else resource.path
        return BASE + path.format(**{**values, **sids})

    async def perform(
        self, resource: Resource, operation: Operation, extension: str = ".json", **options: Any
    ) -> httpx.Response:
        """Do it with the least parameters it takes."""
        is_instance = operation in (Operation.FETCH, Operation.UPDATE, Operation.DELETE)
        method = {Operation.CREATE: "POST", Operation.UPDATE: "POST", Operation.DELETE: "DELETE"}.get(operation, "GET")
        form = LEAST.get(resource.name, {}) if operation is Operation.CREATE else None
        path = options.pop("path", None) or self.path_of(resource, is_instance=is_instance)
        return await self.request(method, path + extension, form=form, **options)


def _one_of_each(api: RestApi, account: Account, number: str) -> dict[str, Record]:
    now, sids = api.storage.now, api.storage.sids
    common: dict[str, Any] = {"account_sid": account.sid, "date_created": now, "date_updated": now}
    trunk = Trunk.model_construct(sid=sids.make("TK"), friendly_name="A trunk", host="127.0.0.1", **common)
    application = Application.model_construct(
        sid=sids.make("AP"), friendly_name="Callertron & <friends>", voice_url="http://app.test/?a=1&b=2", **common
    )
    phone_number = IncomingPhoneNumber.model_construct(
        sid=sids.make("PN"),
        phone_number=number,
        friendly_name="Main",
        voice_application_sid=application.sid,
        **common,
    )
    call = Call.model_construct(
        sid=sids.make("CA"),
        to=number,
        from_="+15555550123",
        phone_number_sid=phone_number.sid,
        status="completed",
        start_time=now,
        end_time=now,
        duration="12",
        trunk_sid=trunk.sid,
        **common,
    )
    notification = Notification.model_construct(
        sid=sids.make("NO"),
        call_sid=call.sid,
        error_code="11200",
        message_date=now,
        message_text="The web app said 500",
        more_info="https://www.twilio.com/docs/errors/11200",
        request_method="POST",
        request_url="http://app.test/",
        request_variables="CallSid=CA&To=%2B1",
        response_headers="Content-Type: text/html",
        response_body="<h1>Error</h1>",
        **common,
    )
    exchange = Exchange.model_construct(
        sid=sids.make("EX"),
        call_sid=call.sid,
        url="http://app.test/?a=1&b=2",
        request_parameters={"CallSid": call.sid, "odd name": "<&>"},
        status_code=200,
        response_headers={"Content-Type": "text/xml"},
        response_body="<Response/>",
        duration_ms=12.4,
        **common,
    )
    # Numbers of the other types, so that each typed list has a row.
    mobile = phone_number.model_copy(
        update={"sid": sids.make("PN"), "phone_number": f"+4917{number[-8:]}", "type": "mobile"}
    )
    toll_free = phone_number.model_copy(
        update={"sid": sids.make("PN"), "phone_number": f"+1800{number[-7:]}", "type": "tollfree"}
    )
    records = [trunk, application, phone_number, call, notification, exchange, *_messaging(api, number, common)]
    return {record.sid[:2]: record for record in records} | {"mobile": mobile, "tollfree": toll_free}


def _messaging(api: RestApi, number: str, common: dict[str, Any]) -> list[Record]:
    """A message with text and one with media, feedback about it, a short code and a carrier."""
    sids, now = api.storage.sids, api.storage.now
    carrier = Carrier.model_construct(sid=sids.make("CR"), friendly_name="Loop", kind="loopback", **common)
    short_code = ShortCode.model_construct(
        sid=sids.make("SC"), friendly_name="Votes", short_code=number[-5:], sms_url="http://app.test/sms", **common
    )
    sent: dict[str, Any] = {"from_": number, "to": "+15555550123", "status": "delivered", "date_sent": now}
    text_sid, media_sid = sids.make("SM"), sids.make("MM")
    text = Message.model_construct(
        sid=text_sid,
        position=position_of(text_sid),
        body="Hi & <bye>",
        status_callback="http://a.test/",
        **sent,
        **common,
    )
    picture = Message.model_construct(
        sid=media_sid,
        position=position_of(media_sid),
        num_media="1",
        **{**sent, "status": "failed"},
        error_code=30003,
        error_message="Unreachable destination handset.",
        **common,
    )
    file_sid = sids.make("ME")
    media = Media.model_construct(
        sid=file_sid,
        parent_sid=media_sid,
        content_type="image/png",
        content_sid=file_sid,
        size_bytes=len(FILE),
        **common,
    )
    feedback = Feedback.model_construct(sid=sids.make("FB"), message_sid=media_sid, **common)
    return [carrier, short_code, text, picture, media, feedback]
