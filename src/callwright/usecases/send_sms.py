"""<Sms> in a call: a message beside it, between the call's two numbers unless the document names others."""

from typing import Any

from callwright.model.actor import SERVER
from callwright.model.errors import ApiError
from callwright.model.resources.account import Account
from callwright.model.resources.application import Application
from callwright.model.resources.call import Call
from callwright.twiml.ports import Reply, SentReply
from callwright.usecases.create_message import callback_of
from callwright.usecases.ports import Ports, StorageUnavailable, UnitOfWork
from callwright.usecases.queue_message import Draft, queue_message

_INTERNAL = 12400


async def send_sms(ports: Ports, call: Call, account: Account, reply: Reply) -> SentReply:
    """Queue it; what came of it. Whatever keeps it from being sent is in the answer."""
    here, other_party = (call.to, call.from_) if call.direction == "inbound" else (call.from_, call.to)
    to, from_ = reply.to or other_party or "", reply.from_ or here or ""

    def queue(unit: UnitOfWork) -> SentReply:
        draft = Draft(
            account=account,
            to=to,
            from_=from_,
            body=reply.body,
            media_urls=reply.media_urls,
            direction="outbound-call",
            call_sid=call.sid,
            **_status_callback(unit, call, reply),
        )
        message = queue_message(unit, draft, ports.settings)
        return SentReply(message.sid, message.status, message.to or to, message.from_ or from_)

    try:
        return await ports.storage.write(queue, SERVER)
    except ApiError as error:
        return SentReply(None, "failed", to, from_, error.code, error.message)
    except StorageUnavailable as error:
        return SentReply(None, "failed", to, from_, _INTERNAL, f"it could not be stored: {error}")


def _status_callback(unit: UnitOfWork, call: Call, reply: Reply) -> dict[str, Any]:
    """Whom to tell, as fields of a Draft: the verb's statusCallback, else that of the call's application."""
    application = unit.get(Application, call.application_sid) if call.application_sid else None
    if reply.status_callback or application is None:
        return {"status_callback": reply.status_callback}
    return callback_of(application)
