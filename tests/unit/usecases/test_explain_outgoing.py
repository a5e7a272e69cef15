"""Explain tells which trunk or carrier takes what goes out: random ones, explained and then used."""

import random

from tests.fakes.messaging import FakeCarriers
from tests.fakes.outgoing import NUMBER, Outgoing

from callwright.model.resources.account import Account
from callwright.model.resources.call import Call
from callwright.model.resources.carrier import Carrier
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.resources.message import Message
from callwright.model.resources.trunk import Trunk
from callwright.usecases.carrier_traffic import ForThisServer
from callwright.usecases.explain import explain
from callwright.usecases.explanation import Asked, Explanation
from callwright.usecases.place_call import begin_dialing
from callwright.usecases.ports import CarrierState

PARENT, STRANGER = "AC" + "b" * 32, "AC" + "c" * 32
TO = ("+15555550200", "+491701234567", "+15555550300")


def made(chance: random.Random) -> tuple[Outgoing, FakeCarriers]:
    out, carriers = Outgoing(), FakeCarriers()
    out.account = out.add_account(out.account.sid, owner=PARENT)
    owners = [out.account.sid, out.account.sid, PARENT, STRANGER]
    for sid in (PARENT, STRANGER):
        out.add_account(sid, status=chance.choice(["active", "active", "suspended"]))
    for number in range(chance.randrange(4)):
        out.storage.put(
            Trunk.model_construct(
                sid=f"TK{number:032}", account_sid=chance.choice(owners), friendly_name=f"t{number}",
                host=chance.choice([None, "192.0.2.1"]), priority=chance.choice([1, 10]),
            )
        )  # fmt: skip
    for number in range(chance.randrange(4)):
        carrier = out.add_carrier(
            f"c{number}", account_sid=chance.choice(owners), priority=chance.choice([1, 10]),
            destinations=chance.choice([[], ["+49"], ["+1"]]), senders=chance.choice([[], [NUMBER], ["+4*"]]),
            is_enabled=chance.random() < 0.8,
        )  # fmt: skip
        if chance.random() < 0.2:
            carriers.states[carrier.sid] = CarrierState("connecting", is_ready=False, detail="not yet")
    if chance.random() < 0.3:
        here = IncomingPhoneNumber.model_construct(sid="PN9", account_sid=STRANGER, phone_number=TO[0])
        out.storage.put(here)
    return out, carriers


def explained(out: Outgoing, carriers: FakeCarriers, asked: Asked) -> Explanation:
    account = out.storage.one(Account, out.account.sid)
    return out.storage.read_sync(lambda unit: explain(unit, account, asked, out.settings, carriers))


def test_a_call_is_dialled_by_the_trunk_that_explain_named() -> None:
    dialed = 0
    for seed in range(1000):
        out, carriers = made(random.Random(seed))
        told = explained(out, carriers, Asked(TO[1], NUMBER, "voice"))
        call = Call.model_construct(sid="CA1", account_sid=out.account.sid, to=TO[1], from_=NUMBER)
        out.storage.put(call)
        dialing = out.storage.write_sync(lambda unit: begin_dialing(unit, "CA1", "node"))
        assert told.direction == "outbound"
        assert (told.outcome.kind == "dialed") == (dialing is not None), seed
        if dialing is not None:
            dialed += 1
            assert told.way == dialing.trunk, seed
    assert 100 < dialed < 900


def test_a_message_is_handed_to_the_carrier_that_explain_named_by_the_same_route() -> None:
    kinds: set[str] = set()
    for seed in range(1000):
        chance = random.Random(seed)
        out, carriers = made(chance)
        to = chance.choice(TO)
        told = explained(out, carriers, Asked(to, NUMBER, "sms"))
        check_message(out, carriers, told, to, seed)
        kinds.add(told.outcome.kind)
    assert kinds == {"sent", "refused"}


def check_message(out: Outgoing, carriers: FakeCarriers, told: Explanation, to: str, seed: int) -> None:
    out.queue(to=to)
    ready = {carrier.sid for carrier in out.storage.all(Carrier) if carriers.state(carrier.sid).is_ready}
    sendings = out.claim({None: 100, **dict.fromkeys(ready, 100)}).sendings
    if not sendings:  # waits for a carrier that is not connected
        assert told.cautions[0].kind == "carrier-not-connected", seed
        return
    assert told.way == sendings[0].carrier, seed
    assert told.route is not None
    assert told.route.as_dict() == out.storage.one(Message, sendings[0].message.sid).route, seed
    if sendings[0].carrier is None:
        out.settle(sendings[0], ForThisServer())
        has_failed = out.message().status == "failed"
        assert has_failed == (told.outcome.kind == "refused"), seed
        if told.outcome.refusal is not None:
            assert out.message().error_code == told.outcome.refusal.code
