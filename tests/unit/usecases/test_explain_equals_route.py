"""Explain tells what really happens: 10 000 random configurations, each explained and then done.

Half of them are calls (answer_call), half messages (receive_message). Compared is everything that decides: URL, method,
fallback, callbacks, application and revision, variant, hours, every step with its rule, and the refusal's code.
"""

import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.fakes.messaging import FakeCarriers
from tests.fakes.unit_of_work import START, FakeStorage
from tests.fakes.voice import account

from callwright.config import Settings
from callwright.model.opening_hours import WEEKDAYS, checked_opening_hours
from callwright.model.resources.account import Account
from callwright.model.resources.application import Application
from callwright.model.resources.call import Call
from callwright.model.resources.carrier import Carrier
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.resources.message import Message
from callwright.model.resources.notification import Notification
from callwright.model.resources.short_code import ShortCode
from callwright.model.resources.trunk import Trunk
from callwright.model.variants import Channel, checked_variants
from callwright.usecases.answer_call import Admitted, Arrival, answer_call
from callwright.usecases.carrier_traffic import Incoming, Undeliverable
from callwright.usecases.explain import explain
from callwright.usecases.explanation import Asked, Explanation
from callwright.usecases.receive_message import receive_message

CONFIGURATIONS = 10_000
BATCHES = 10
MINE, PARENT, STRANGER = "AC" + "a" * 32, "AC" + "b" * 32, "AC" + "c" * 32
NUMBER, CODE = "+15555550100", "12345"
SETTINGS = Settings()


@dataclass
class World:
    """A random configuration, and one call or message of it."""

    storage: FakeStorage
    trunk: Trunk
    carrier: Carrier
    to: str
    caller: str


def made(chance: random.Random) -> World:
    storage = FakeStorage(START + timedelta(minutes=chance.randrange(0, 14 * 24 * 60)))
    status = chance.choice(["active"] * 9 + ["suspended"])
    storage.put(account(MINE, owner_account_sid=PARENT, status=status), account(PARENT), account(STRANGER))
    whose = chance.choice([MINE] * 12 + [PARENT, STRANGER])
    brought_by = chance.choice([MINE, MINE, PARENT])
    trunk = Trunk.model_construct(
        sid="TK1", account_sid=brought_by, friendly_name="t", country_code=chance.choice([None, "1", "49"]),
        strip_prefix=chance.choice([None, None, "9", "1"]), allowed_sources=["192.0.2.0/24"],
    )  # fmt: skip
    carrier = Carrier.model_construct(sid="CR1", account_sid=brought_by, friendly_name="c", kind="loopback")
    storage.put(trunk, carrier)
    storage.put(IncomingPhoneNumber.model_construct(sid="PN1", account_sid=whose, **_number(chance)))
    storage.put(ShortCode.model_construct(sid="SC1", account_sid=whose, short_code=CODE, **_urls(chance, "sms")))
    if chance.random() < 0.85:
        of = chance.choice([whose] * 9 + [STRANGER])
        storage.put(Application.model_construct(sid="AP1", account_sid=of, revision=4, **_application(chance)))
    to = chance.choice([NUMBER] * 7 + ["5555550100", "15555550100", "0015555550100", CODE, "+15555550199", "nobody"])
    caller = chance.choice(["anonymous", "", "+15555550111", *(f"+1555{chance.randrange(10**7):07}" for _ in range(9))])
    return World(storage, trunk, carrier, to, caller)


def _number(chance: random.Random) -> dict[str, Any]:
    return {
        "phone_number": NUMBER,
        **_urls(chance, "voice"),
        **_urls(chance, "sms"),
        **_callback(chance, "status_callback"),
        "voice_application_sid": chance.choice(["AP1", "AP1", None]),
        "sms_application_sid": chance.choice(["AP1", "AP1", None]),
        "trunk_sid": chance.choice([None] * 12 + ["TK7"]),
        "voice_caller_id_lookup": chance.random() < 0.5,
    }


def _application(chance: random.Random) -> dict[str, Any]:
    return {
        **_urls(chance, "voice"),
        **_urls(chance, "sms"),
        **_callback(chance, "status_callback"),
        "sms_status_callback": chance.choice([None, "http://app.test/sms-status"]),
        "message_status_callback": chance.choice([None, "http://app.test/message-status"]),
        "voice_variants": _variants(chance),
        "sms_variants": _variants(chance),
        "opening_hours": _hours(chance),
    }


def _urls(chance: random.Random, channel: Channel) -> dict[str, Any]:
    name = chance.choice("abc")
    return {
        f"{channel}_url": chance.choice([None, f"http://{name}.test/{channel}", f"http://u:p@{name}.test/{channel}"]),
        f"{channel}_method": chance.choice(["GET", "POST"]),
        f"{channel}_fallback_url": chance.choice([None, f"http://{name}.test/{channel}-fallback"]),
        f"{channel}_fallback_method": chance.choice(["GET", "POST"]),
    }


def _callback(chance: random.Random, name: str) -> dict[str, Any]:
    return {name: chance.choice([None, "http://x.test/status"]), f"{name}_method": chance.choice(["GET", "POST"])}


def _variants(chance: random.Random) -> list[dict[str, Any]]:
    count = chance.choice([0, 0, 1, 2, 5])
    return checked_variants(
        [{"url": f"http://v{index}.test/", "weight": chance.choice([0.5, 10, 20])} for index in range(count)]
    )


def _hours(chance: random.Random) -> dict[str, Any] | None:
    if chance.random() < 0.4:
        return None
    spans = chance.choice([["09:00-12:00", "13:00-17:00"], ["00:00-24:00"], ["22:00-02:00"], []])
    return checked_opening_hours(
        {
            "time_zone": chance.choice(["Europe/Berlin", "America/New_York", "Asia/Kathmandu"]),
            "week": {day: spans for day in WEEKDAYS if chance.random() < 0.8},
            "exceptions": {"2026-11-26": chance.choice([[], ["10:00-11:00"]])},
            "closed_voice_url": chance.choice([None, "http://closed.test/voice"]),
            "closed_voice_method": chance.choice(["GET", "POST"]),
            "closed_sms_url": chance.choice([None, "http://closed.test/sms"]),
        }
    )


def explained(world: World, channel: Channel) -> Explanation:
    way: dict[str, Any] = {"trunk_sid": "TK1"} if channel == "voice" else {"carrier_sid": "CR1"}
    return explanation_of(world, replace(Asked(world.to, world.caller, channel), **way))


def explanation_of(world: World, asked: Asked) -> Explanation:
    mine = world.storage.one(Account, MINE)
    return world.storage.read_sync(lambda unit: explain(unit, mine, asked, SETTINGS, FakeCarriers()))


def check_call(world: World) -> None:
    told = explained(world, "voice")
    arrival = Arrival(world.trunk, world.to, world.caller, "call-id", "node")
    happened = world.storage.write_sync(lambda unit: answer_call(unit, arrival))
    is_hidden = _is_of_others(world, world.storage.all(Call))
    if is_hidden:  # another account's call, which Explain must not tell of
        assert (told.outcome.kind, told.number, told.application, told.route) == ("refused", None, None, None)
        return
    if isinstance(happened, Admitted):
        assert told.outcome.kind == "webhook"
        compare(told, happened.call)
        assert told.outcome.url == (happened.call.url or happened.call.fallback_url)
    else:
        refusal = told.outcome.refusal
        assert refusal is not None
        assert (refusal.code, refusal.sip_status, refusal.text) == (
            happened.code, happened.sip_status, happened.cause,
        )  # fmt: skip
        [notification] = world.storage.all(Notification)
        assert (notification.error_code, notification.message_text) == (str(refusal.code), refusal.text)
        if happened.call is not None:
            compare(told, happened.call)


def check_message(world: World) -> None:
    told = explained(world, "sms")
    incoming = Incoming(world.carrier, world.caller, world.to, "Hello")
    happened = None
    refused = Undeliverable("")
    try:
        happened = world.storage.write_sync(lambda unit: receive_message(unit, incoming, SETTINGS))
    except Undeliverable as error:
        refused = error
    if happened is None:
        refusal = told.outcome.refusal
        assert refusal is not None
        assert (refusal.code, refusal.text) == (refused.code, str(refused))
        return
    if _is_of_others(world, [happened]):
        assert (told.outcome.kind, told.number, told.application, told.route) == ("refused", None, None, None)
        return
    compare(told, happened)
    assert told.outcome.kind == ("kept" if happened.url is None else "webhook")
    assert told.outcome.url == happened.url


def _is_of_others(world: World, found: list[Any]) -> bool:
    return any(one.account_sid != MINE for one in found)


def compare(told: Explanation, happened: Call | Message) -> None:
    assert told.route is not None
    assert told.route.as_dict() == happened.route
    route = happened.route
    assert (told.to, told.from_, told.account.sid) == (happened.to, happened.from_, happened.account_sid)
    assert (happened.url, happened.method) == (route.get("url"), route.get("method", "POST"))
    assert (happened.fallback_url, happened.fallback_method) == (
        route.get("fallback_url"), route.get("fallback_method", "POST"),
    )  # fmt: skip
    assert happened.application_sid == route.get("application_sid")
    assert happened.application_revision == route.get("application_revision")
    assert happened.phone_number_sid == (told.number.sid if told.number else None)
    if isinstance(happened, Call):
        assert (happened.status_callback, happened.status_callback_method) == (
            route.get("status_callback"), route.get("status_callback_method", "POST"),
        )  # fmt: skip


@pytest.mark.parametrize("batch", range(BATCHES))
def test_explain_equals_the_real_route(batch: int) -> None:
    kinds: set[str] = set()
    for number in range(batch, CONFIGURATIONS, BATCHES):
        world = made(random.Random(number))
        try:
            (check_call if number // BATCHES % 2 else check_message)(world)
        except AssertionError as error:
            raise AssertionError(f"configuration {number}: {error}") from error
        kinds |= _kinds(world)
    assert {"variant", "closed", "21218", "11100", "10003", "99010"} <= kinds, "the configurations are too tame"


def _kinds(world: World) -> set[str]:
    """What occurred, to know that the configurations reach everything."""
    routes = [call.route for call in world.storage.all(Call)]
    routes += [message.route for message in world.storage.all(Message)]
    told = {notification.error_code or "" for notification in world.storage.all(Notification)}
    return told | {"variant" for one in routes if "variant" in one} | {"closed" for one in routes if "is_closed" in one}


def test_a_moment_decides_as_if_it_were_now() -> None:
    chance = random.Random(4)
    for _ in range(200):
        world = made(chance)
        then: datetime = world.storage.now + timedelta(hours=chance.randrange(200))
        asked = Asked(world.to, world.caller, "voice", "TK1", None, then)
        ahead = explanation_of(world, asked)
        world.storage.pass_time((then - world.storage.now).total_seconds())
        assert explained(world, "voice").route == ahead.route
