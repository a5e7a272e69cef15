"""The demo as a web app: what it answers, and to whom."""

import io
import wave
import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import TypeVar

import httpx
import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from twilio.request_validator import RequestValidator

from callwright.demo.app import build_demo
from callwright.demo.tune import tune_wav
from callwright.model.actor import Actor
from callwright.model.resources.account import Account
from callwright.twiml import document
from callwright.usecases.ports import UnitOfWork

T = TypeVar("T")
ACCOUNT_SID, TOKEN = "AC" + "1" * 32, "the token"
CALL = {"AccountSid": ACCOUNT_SID, "CallSid": "CA1", "From": "+15005550006", "To": "+15555550100", "CallerName": ""}


class OneAccount:
    """Storage with a single account in it."""

    def get(self, record_type: type[Account], sid: str) -> Account | None:
        account = Account.model_construct(
            sid=sid, account_sid=sid, owner_account_sid=sid, auth_token=TOKEN, auth_token_sha256=""
        )
        return account if sid == ACCOUNT_SID else None

    async def read(self, work: Callable[[UnitOfWork], T]) -> T:
        return work(self)  # type: ignore[arg-type]  # the demo only gets accounts

    async def write(self, work: Callable[[UnitOfWork], T], actor: Actor) -> T:
        raise AssertionError("the demo writes nothing")


@pytest.fixture
def demo() -> httpx.AsyncClient:
    app = Starlette(routes=[Mount("/demo", build_demo(OneAccount()))])
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://server:8080")


async def ask(demo: httpx.AsyncClient, path: str, **parameters: str) -> httpx.Response:
    form = {**CALL, **parameters}
    signature = RequestValidator(TOKEN).compute_signature(f"http://server:8080{path}", form)
    return await demo.post(path, data=form, headers={"X-Twilio-Signature": signature})


def said(response: httpx.Response) -> str:
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/xml")
    return " ".join(ET.fromstring(response.text).itertext())


async def test_the_first_request_is_greeted_with_a_menu_for_one_key(demo: httpx.AsyncClient) -> None:
    response = await ask(demo, "/demo/voice")
    assert "Callertron" in said(response)
    gather = ET.fromstring(response.text).find("Gather")
    assert gather is not None
    assert (gather.get("numDigits"), gather.get("action")) == ("1", "key")
    document.parse(response.content, "http://server:8080/demo/voice")


async def test_a_silent_caller_hears_the_menu_three_times_and_goodbye(demo: httpx.AsyncClient) -> None:
    path, rounds = "/demo/voice", 0
    while (redirect := ET.fromstring((response := await ask(demo, path)).text).find("Redirect")) is not None:
        path, rounds = f"/demo/{redirect.text}", rounds + 1
    assert rounds == 3
    assert ET.fromstring(response.text).find("Hangup") is not None


@pytest.mark.parametrize(
    ("key", "heard"),
    [
        ("1", "plus 1, 5, 0, 0, 5, 5, 5, 0, 0, 0, 6"),
        ("2", "tune.wav"),
        ("3", "Your number led to an application"),
        ("9", "Goodbye"),
        ("4", "does nothing here"),
        ("", "does nothing here"),
    ],
)
async def test_each_key_has_its_answer(demo: httpx.AsyncClient, key: str, heard: str) -> None:
    response = await ask(demo, "/demo/key", Digits=key)
    assert heard in said(response)
    document.parse(response.content, "http://server:8080/demo/key")


async def test_a_call_we_placed_reads_out_the_number_called(demo: httpx.AsyncClient) -> None:
    assert "plus 1, 5, 5, 5" in said(await ask(demo, "/demo/key", Digits="1", Direction="outbound-api"))


async def test_a_hidden_number_is_not_invented(demo: httpx.AsyncClient) -> None:
    for hidden in ("anonymous", "", "sip:<b>@x", "+", "client:me"):
        assert "cannot see your number" in said(await ask(demo, "/demo/key", Digits="1", From=hidden))


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ("Hello!", "Callertron, the demo"),
        (" hi ", "Callertron, the demo"),
        ("number", "You write from +15005550006"),
        ("HOW?", "led to an application"),
        ("a < b & c", "You wrote “a < b & c”"),
        ("", "an empty message"),
    ],
)
async def test_each_message_has_its_answer(demo: httpx.AsyncClient, body: str, answer: str) -> None:
    response = await ask(demo, "/demo/sms", Body=body)
    assert answer in said(response)
    assert len(document.parse_message(response.content, "http://server:8080/demo/sms").verbs) == 1


async def test_messages_are_counted_by_a_cookie(demo: httpx.AsyncClient) -> None:
    for count in (1, 2, 3):  # the client keeps the cookie, as the platform does for each pair of numbers
        assert f"message {count} of our" in said(await ask(demo, "/demo/sms", Body="x"))
    assert "Hello again" in said(await ask(demo, "/demo/sms", Body="hello"))


@pytest.mark.parametrize("cookie", ["", "x", "-1", "²", "99999"])
async def test_a_cookie_that_is_no_count_starts_anew(demo: httpx.AsyncClient, cookie: str) -> None:
    demo.cookies.set("messages", cookie.encode("ascii", "replace").decode())
    assert "message 1 of our" in said(await ask(demo, "/demo/sms", Body="x"))


async def test_the_tune_comes_as_a_file(demo: httpx.AsyncClient) -> None:
    response = await ask(demo, "/demo/sms", Body="Tune")
    media = ET.fromstring(response.text).find("Message/Media")
    assert media is not None
    assert media.text == "tune.wav"
    document.parse_message(response.content, "http://server:8080/demo/sms")


async def test_opt_out_words_are_left_to_the_platform(demo: httpx.AsyncClient) -> None:
    response = await ask(demo, "/demo/sms", Body="STOP", OptOutType="STOP")
    assert document.parse_message(response.content, None).verbs == ()


async def test_a_status_callback_is_taken_silently(demo: httpx.AsyncClient) -> None:
    assert (await ask(demo, "/demo/status", CallStatus="completed")).status_code == 204


async def test_a_get_is_verified_by_its_query(demo: httpx.AsyncClient) -> None:
    url = str(httpx.URL("http://server:8080/demo/voice", params=CALL))
    signature = RequestValidator(TOKEN).compute_signature(url, {})
    assert (await demo.get(url, headers={"X-Twilio-Signature": signature})).status_code == 200
    assert (await demo.get(url + "&x=1", headers={"X-Twilio-Signature": signature})).status_code == 403


@pytest.mark.parametrize("path", ["/demo/voice", "/demo/key", "/demo/sms", "/demo/status"])
async def test_what_is_not_signed_gets_nothing(demo: httpx.AsyncClient, path: str) -> None:
    assert (await demo.post(path, data=CALL)).status_code == 403
    assert (await demo.post(path, data=CALL, headers={"X-Twilio-Signature": "AAAA"})).status_code == 403
    assert (await demo.get(path)).status_code == 403
    stranger = {**CALL, "AccountSid": "AC" + "2" * 32}
    signature = RequestValidator(TOKEN).compute_signature(f"http://server:8080{path}", stranger)
    assert (await demo.post(path, data=stranger, headers={"X-Twilio-Signature": signature})).status_code == 403


@pytest.mark.parametrize("body", [b"a=" + b"x" * 70_000, b"\xff\xfe", b"&".join(b"a=1" for _ in range(600))])
async def test_a_hostile_form_is_refused(demo: httpx.AsyncClient, body: bytes) -> None:
    assert (await demo.post("/demo/voice", content=body)).status_code == 413


async def test_the_page_tells_how_to_call(demo: httpx.AsyncClient) -> None:
    page = await demo.get("/demo/")
    assert page.status_code == 200
    assert "callwright call +15555550100" in page.text
    assert "&lt;Gather" in page.text


async def test_the_music_is_telephone_audio_that_does_not_clip(demo: httpx.AsyncClient) -> None:
    response = await demo.get("/demo/tune.wav")
    assert response.headers["Content-Type"] == "audio/wav"
    assert response.content == tune_wav()
    with wave.open(io.BytesIO(response.content)) as sound:
        assert (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (8000, 1, 2)
        samples = np.frombuffer(sound.readframes(sound.getnframes()), "<i2").astype(int)
    assert 5 < len(samples) / 8000 < 15
    assert 15_000 < np.abs(samples).max() < 25_000
    spectrum = np.abs(np.fft.rfft(samples))
    in_band = spectrum[len(samples) * 300 // 8000 : len(samples) * 3400 // 8000]
    assert (in_band**2).sum() > 0.95 * (spectrum**2).sum()
