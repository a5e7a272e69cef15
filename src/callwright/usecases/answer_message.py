"""Durable job: ask the web app of an incoming message what to reply, and send that.

A job may run again after a crash. The replies that were sent are kept by their place in the answer, each in the
transaction that queued it: run again, the web app is asked again, but no reply goes out twice (ADR 0014).
"""

from collections.abc import Mapping
from typing import Any

import structlog

from callwright.model.actor import SERVER
from callwright.model.errors import ApiError
from callwright.model.message_errors import ReplyLimitExceeded
from callwright.model.resources.account import Account
from callwright.model.resources.message import Message
from callwright.twiml.message_interpreter import run_message
from callwright.twiml.ports import DocumentFailed, DocumentRequest, RepliesStopped, Reply, SentReply, Warned
from callwright.usecases.jobs import handles
from callwright.usecases.limit_replies import check_reply_limit
from callwright.usecases.media_of_message import media_of_message
from callwright.usecases.ports import Ports, UnitOfWork
from callwright.usecases.queue_message import Draft, queue_message
from callwright.usecases.report_problem import problem_of, tell_debugger, without_credentials
from callwright.usecases.request_message_document import MessageRequests, Question
from callwright.usecases.store_incoming import ANSWER_MESSAGE

log = structlog.get_logger()

#: Notifications about the documents that answer one message.
_MOST_TOLD = 50


@handles(ANSWER_MESSAGE)
async def answer_message(ports: Ports, arguments: Mapping[str, Any]) -> None:
    """Ask, and reply, unless that was done already. Failures of the web app are told to the debugger."""
    question = await ports.storage.read(lambda unit: _question(unit, arguments["message_sid"]))
    if question is None:
        return
    message = question.message
    documents = MessageRequests(ports, question)
    try:
        document = await documents.fetch(DocumentRequest(message.url or "", message.method))
        await run_message(document, Replies(ports, question), documents)
    except DocumentFailed as failure:
        url = _page(failure.url or "")
        log.warning("message not answered: its web app failed", message_sid=message.sid, code=failure.code, url=url)
    except RepliesStopped:
        log.warning("message not answered to the end: too many replies", message_sid=message.sid)
    await ports.storage.write(lambda unit: _finish(unit, message.sid), SERVER)


class Replies:
    """Answers one message; implements twiml.ports.MessageControl."""

    def __init__(self, ports: Ports, question: Question) -> None:
        self._ports = ports
        self._message = question.message
        self._account = question.account
        self._sent = 0
        self._is_stopped = False
        self._told: set[tuple[int, str]] = set()

    async def send(self, reply: Reply) -> SentReply:
        """As the port says. Raises StorageUnavailable."""
        if self._is_stopped:
            raise RepliesStopped
        place = str(self._sent)
        self._sent += 1
        draft = self._draft(reply)

        def work(unit: UnitOfWork) -> SentReply:
            return _send_once(unit, self._message.sid, place, draft, self._ports.settings)

        try:
            return await self._ports.storage.write(work, SERVER)
        except ApiError as error:
            self._is_stopped = isinstance(error, ReplyLimitExceeded)
            return SentReply(None, "failed", draft.to or "", draft.from_ or "", error.code, error.message)

    async def warn(self, warned: Warned) -> None:
        """The same said of many verbs is told once, and not all that can be said of a document with thousands."""
        if (warned.code, warned.message) in self._told or len(self._told) == _MOST_TOLD:
            return
        self._told.add((warned.code, warned.message))
        await tell_debugger(self._ports.storage, self._message, problem_of(warned))

    def _draft(self, reply: Reply) -> Draft:
        message = self._message
        return Draft(
            account=self._account,
            from_=reply.from_ or message.to,
            to=reply.to or message.from_,
            body=reply.body,
            media_urls=reply.media_urls,
            status_callback=reply.status_callback or message.route.get("status_callback"),
            application_sid=message.application_sid,
            application_revision=message.application_revision,
            direction="outbound-reply",
            reply_to_sid=message.sid,
        )


def _question(unit: UnitOfWork, message_sid: str) -> Question | None:
    """What to ask about; None when there is nothing (anymore) to be asked, or nobody."""
    message = unit.get(Message, message_sid)
    account = unit.get(Account, message.account_sid) if message else None
    if message is None or account is None or message.is_answered or account.status != "active":
        return None
    media = media_of_message(unit, message.sid) if message.num_media != "0" else ()
    return Question(message, account, media)


def _send_once(unit: UnitOfWork, message_sid: str, place: str, draft: Draft, settings: Any) -> SentReply:
    """Queue the reply, unless an earlier run of the job did.

    A web app may delete the message it answers. Then there is no place to remember replies, and no need: the job
    finds no message when it runs again.
    """
    message = unit.get(Message, message_sid, for_update=True)
    known = message.replies.get(place) if message else None
    if known is not None:
        sent = unit.get(Message, known)
        return SentReply(known, sent.status if sent else "sent", draft.to or "", draft.from_ or "")
    check_reply_limit(unit, draft)
    queued = queue_message(unit, draft, settings)
    if message is not None:
        unit.update(message, {"replies": {**message.replies, place: queued.sid}})
    return SentReply(queued.sid, queued.status, queued.to or "", queued.from_ or "")


def _page(url: str) -> str:
    """What a log may show of a URL: no credentials, no query."""
    return without_credentials(url).partition("#")[0].partition("?")[0]


def _finish(unit: UnitOfWork, message_sid: str) -> None:
    message = unit.get(Message, message_sid)
    if message is not None:
        unit.update(message, {"is_answered": True})
