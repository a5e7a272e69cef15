"""Durable job: tell a web app how a call or message went."""

from collections.abc import Mapping
from typing import Any

from callwright.model.actor import SERVER
from callwright.model.resources.account import Account
from callwright.model.resources.call import Call
from callwright.model.resources.message import Message
from callwright.usecases.jobs import handles
from callwright.usecases.ports import Ports, UnitOfWork
from callwright.usecases.progress_call import DELIVER_STATUS_CALLBACK
from callwright.usecases.report_problem import Problem, report_problem
from callwright.usecases.web_ports import WebhookFailure, WebRequest

_CALLBACK_REFUSED = 15003
_FIRST_ANSWERED_CODE = 400


@handles(DELIVER_STATUS_CALLBACK)
async def deliver_status_callback(ports: Ports, arguments: Mapping[str, Any]) -> None:
    """Ask once (with the URL's own retries); a failure is told to the debugger, there is no fallback.

    Values of the parameters named in `unlogged` are kept out of the exchange log.
    """
    account = await ports.storage.read(lambda unit: unit.get(Account, arguments["account_sid"]))
    if account is None:
        return
    parameters = arguments["parameters"]
    request = WebRequest(
        url=arguments["url"],
        method=arguments["method"],
        parameters=parameters,
        account_sid=account.sid,
        auth_token=account.auth_token,
        kind="status-callback",
        call_sid=arguments.get("call_sid"),
        message_sid=arguments.get("message_sid"),
        application_sid=arguments.get("application_sid") or parameters.get("ApplicationSid"),
        # Without the +, which may be encoded in some way.
        secrets=tuple(parameters[name].removeprefix("+") for name in arguments.get("unlogged", ())),
    )
    try:
        await ports.webhooks.request(request)
    except WebhookFailure as failure:
        await _report(ports, request, failure)


async def _report(ports: Ports, request: WebRequest, failure: WebhookFailure) -> None:
    answered = failure.answer is not None and failure.answer.status >= _FIRST_ANSWERED_CODE
    code = _CALLBACK_REFUSED if answered else failure.code
    message = f"The status callback could not be delivered: {failure.message}"

    def work(unit: UnitOfWork) -> None:
        subject = unit.get(Call, request.call_sid or "") or unit.get(Message, request.message_sid or "")
        if subject is not None:
            problem = Problem(code, message, url=request.url, method=request.method, answer=failure.answer)
            report_problem(unit, subject, problem)

    await ports.storage.write(work, SERVER)
