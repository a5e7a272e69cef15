"""STOP, START and HELP: who may be written to, and what answers these words (webhooks, Messages)."""

from callwright.config import Settings
from callwright.model.errors import ApiError
from callwright.model.message_errors import ReplyLimitExceeded
from callwright.model.opt_out import OptOut, opt_out_sid
from callwright.model.resources.account import Account
from callwright.model.resources.message import Message
from callwright.usecases.limit_replies import check_reply_limit, is_first_refusal
from callwright.usecases.ports import UnitOfWork
from callwright.usecases.queue_message import Draft, queue_message
from callwright.usecases.report_problem import Problem, report_problem

_MESSAGE_REPLY_FAILED = 14107


def apply_opt_out(unit: UnitOfWork, message: Message, settings: Settings) -> None:
    """Do what the word of an incoming message says. STOP and START are answered only when they change something.

    The answers are under the same brake as those of web apps: what it holds back is told once, not for each message.
    """
    reply = _change(unit, message, settings)
    account = unit.get(Account, message.account_sid)
    if not reply or account is None:
        return
    draft = Draft(
        account=account,
        from_=message.to,
        to=message.from_,
        body=reply,
        direction="outbound-reply",
        reply_to_sid=message.sid,
        ignores_opt_out=True,
    )
    try:
        check_reply_limit(unit, draft)
        queue_message(unit, draft, settings)
    except ApiError as error:  # a sender that cannot be written to, such as a name
        if isinstance(error, ReplyLimitExceeded) and not is_first_refusal(unit, draft):
            return
        text = f"The answer to {message.opt_out_type} could not be sent: {error.message}"
        report_problem(unit, message, Problem(error.code or _MESSAGE_REPLY_FAILED, text, is_warning=True))


def _change(unit: UnitOfWork, message: Message, settings: Settings) -> str:
    """Store the opt-out or take it back; what is to be answered ("" for nothing)."""
    if message.opt_out_type == "HELP":
        return settings.help_reply
    ours, sender = message.to or "", message.from_ or ""
    sid = opt_out_sid(message.account_sid, ours, sender)
    standing = unit.get(OptOut, sid, for_update=True)
    if message.opt_out_type == "STOP" and standing is None:
        unit.insert(OptOut.model_construct(sid=sid, account_sid=message.account_sid, sender=ours, recipient=sender))
        return settings.stop_reply
    if message.opt_out_type == "START" and standing is not None:
        unit.delete(standing)
        return settings.start_reply
    return ""
