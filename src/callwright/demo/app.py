"""The demo's web app: voice, keys, messages, status; to be mounted at /demo."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from callwright.demo import documents
from callwright.demo.page import demo_page
from callwright.demo.signature import is_genuine
from callwright.demo.tune import tune_wav
from callwright.model.resources.account import Account
from callwright.usecases.ports import Storage

_LARGEST_FORM_BYTES = 64 * 1024
_MOST_FIELDS = 500
_COUNTER = "messages"
_NOT_SIGNED = (
    "This address answers signed requests of the phone platform only. Call the demo's number instead; "
    "/demo/ says how.\n"
)


@dataclass(frozen=True)
class _Asked:
    """A genuine request: its parameters, from query and form together, and its cookies."""

    parameters: Mapping[str, str]
    cookies: Mapping[str, str]

    @property
    def round_number(self) -> int:
        return _small_number(self.parameters.get("round", "0"))

    @property
    def earlier_messages(self) -> int:
        return _small_number(self.cookies.get(_COUNTER, "0"))


class _TooLarge(ValueError):
    pass


Answering = Callable[[_Asked], Response]


def build_demo(storage: Storage) -> Starlette:
    """The demo as an ASGI app. `storage` is read for the token each request has to be signed with."""

    def signed(answer: Answering) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            try:
                form = await _read_form(request)
            except ValueError:
                return PlainTextResponse("The form is too large or malformed.\n", 413)
            if not await _is_genuine(storage, request, form):
                return PlainTextResponse(_NOT_SIGNED, 403)
            return answer(_Asked({**request.query_params, **form}, request.cookies))

        return endpoint

    both = ["GET", "POST"]
    return Starlette(
        routes=[
            Route("/", _page),
            Route("/tune.wav", _tune),
            Route("/voice", signed(lambda asked: _twiml(documents.menu(asked.round_number))), methods=both),
            Route("/key", signed(lambda asked: _twiml(documents.answer_to_key(asked.parameters))), methods=both),
            Route("/sms", signed(_message), methods=both),
            Route("/status", signed(lambda _: Response(status_code=204)), methods=both),
        ]
    )


async def _page(_: Request) -> Response:
    return HTMLResponse(demo_page())


async def _tune(_: Request) -> Response:
    return Response(tune_wav(), media_type="audio/wav", headers={"Cache-Control": "public, max-age=86400"})


def _message(asked: _Asked) -> Response:
    """Counts in a cookie, as a web app may that keeps nothing itself: the platform keeps it for each pair."""
    response = _twiml(documents.reply_to_message(asked.parameters, asked.earlier_messages))
    response.set_cookie(_COUNTER, str(asked.earlier_messages + 1))
    return response


def _small_number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0


def _twiml(document: str) -> Response:
    return Response(document, media_type="text/xml")


async def _read_form(request: Request) -> dict[str, str]:
    """The fields of a form POST, empty ones included (they are signed too); raises ValueError."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LARGEST_FORM_BYTES:
            raise _TooLarge("form too large")
    fields = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    return dict(fields)


async def _is_genuine(storage: Storage, request: Request, form: Mapping[str, str]) -> bool:
    account_sid = form.get("AccountSid") or request.query_params.get("AccountSid", "")
    account = await storage.read(lambda unit: unit.get(Account, account_sid))
    signature = request.headers.get("X-Twilio-Signature", "")
    return account is not None and is_genuine(account.auth_token, str(request.url), form, signature)
