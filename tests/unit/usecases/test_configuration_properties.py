"""Random configurations: moved to an empty server, applied again, planned again, and taken back."""

import random
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from tests.fakes.rest_api import RestApi
from tests.fakes.unit_of_work import FakeStorage

from callwright.model.actor import SERVER
from callwright.model.errors import ConfigurationDrifted
from callwright.model.resources.application import Application
from callwright.model.sid import SidFactory
from callwright.usecases.apply_configuration import Applied, apply_configuration
from callwright.usecases.export_configuration import export_configuration
from callwright.usecases.plan_configuration import plan_configuration
from callwright.usecases.roll_back import roll_back_group

_REST = RestApi()
ACCOUNT, PORTS = _REST.account, _REST.ports

_URL = st.sampled_from(["https://a.example/v", "http://b.example:8080/#rc=2", None, ""])
_METHOD = st.sampled_from(["GET", "POST", "post", None])
_TAGS = st.lists(st.sampled_from(["emea", "Support", "x y"]), max_size=3)
_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)
_WEBHOOKS = {
    "voice_url": _URL, "voice_method": _METHOD, "voice_fallback_url": _URL, "status_callback": _URL, "sms_url": _URL,
    "sms_method": _METHOD, "tags": _TAGS, "notes": _TEXT | st.none(), "voice_caller_id_lookup": st.booleans(),
}  # fmt: skip
_NAMES = ("Callertron", "Support", "AP", "yes", " padded ", "Ünï 漢")
_TRUNKS = ("Carrier A", "Carrier B")


def _some(**fields: Any) -> Any:
    return st.fixed_dictionaries({}, optional=fields)


def _keyed(key: str, keys: tuple[str, ...], fields: Any) -> Any:
    """One item for some of the keys."""
    return st.dictionaries(st.sampled_from(keys), fields).map(
        lambda items: [{key: name, **fields} for name, fields in items.items()]
    )


_SMPP = _some(port=st.sampled_from([2775, 5000]), tls=st.booleans(), window=st.integers(1, 20))
_CARRIER = st.one_of(
    st.fixed_dictionaries({"kind": st.just("loopback")}, optional={"priority": st.integers(0, 20)}),
    st.fixed_dictionaries(
        {
            "kind": st.just("smpp"),
            "settings": _SMPP.map(lambda chosen: {"host": "127.0.0.1", "system_id": "me", **chosen}),
            "secrets": st.just({"password": "env:SMPP_PASSWORD"}),
        },
        optional={
            "retry_unacknowledged": st.booleans(),
            "messages_per_second": st.sampled_from([None, 5, 2.5]),
            "destinations": st.just(["+49"]),
        },
    ),
)
_TRUNK = _some(
    host=st.sampled_from(["198.51.100.1", "2001:db8::1"]),
    allowed_sources=st.sampled_from([["10.0.0.0/8"], ["10.1.2.3", "192.0.2.0/24"]]),
    country_code=st.just("49"),
    any_caller_id=st.booleans(),
)
_VOICE: Any = st.one_of(
    st.just({}),
    st.sampled_from(_NAMES).map(lambda name: {"voice_application": name}),
    st.sampled_from(_TRUNKS).map(lambda name: {"trunk": name}),
)
_NUMBER = st.builds(
    lambda own, voice, sms: {**own, **voice, **sms},
    _some(friendly_name=_TEXT | st.none(), voice_receive_mode=st.sampled_from(["voice", "fax"]), **_WEBHOOKS),
    _VOICE,
    _some(sms_application=st.sampled_from(_NAMES)),
)
_APPLICATION = _some(
    sms_status_callback=_URL,
    voice_variants=st.just([{"url": "https://new.example/v", "weight": 5}]),
    variant_guard=st.sampled_from([None, {"failure_percent": 50}]),
    opening_hours=st.just({"time_zone": "Europe/Berlin", "week": {"monday": ["09:00-17:00"]}}),
    **_WEBHOOKS,
)
_NUMBERS = ("+15555550100", "+4915112345678", "+18005550199")


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """Documents whose references lead somewhere; names of applications and trunks may be shared by two."""
    document = {
        "callwright": 1,
        "trunks": draw(_keyed("friendly_name", _TRUNKS, _TRUNK)),
        "carriers": draw(_keyed("friendly_name", ("one", "two"), _CARRIER)),
        "applications": draw(_keyed("friendly_name", _NAMES, _APPLICATION)),
        "short_codes": draw(_keyed("short_code", ("12345", "01234"), _some(sms_url=_URL, friendly_name=_TEXT))),
        "numbers": draw(_keyed("phone_number", _NUMBERS, _NUMBER)),
    }
    known = {item["friendly_name"] for item in document["applications"]}
    trunks = {item["friendly_name"] for item in document["trunks"]}
    for number in document["numbers"]:
        for name in ("voice_application", "sms_application"):
            if number.get(name) not in known:
                number.pop(name, None)
        if number.get("trunk") not in trunks:
            number.pop("trunk", None)
    if draw(st.booleans()):
        document["applications"] += [{"sid": f"AP{digit * 32}", "friendly_name": None} for digit in "12"]
    return document


class Server:
    """An empty one, in memory; servers differ in the SIDs they make up."""

    def __init__(self, seed: int) -> None:
        self.storage = FakeStorage()
        self.storage.sids = SidFactory(self.storage.now.timestamp, random.Random(seed).randbytes)
        self.storage.put(ACCOUNT)

    def apply(self, document: Any, **options: Any) -> Applied:
        return self.storage.write_sync(
            lambda unit: apply_configuration(unit, ACCOUNT, document, PORTS, **options), SERVER
        )

    def export(self, *, full: bool = False) -> dict[str, Any]:
        return self.storage.read_sync(lambda unit: export_configuration(unit, ACCOUNT, PORTS.carriers, is_full=full))

    def plan(self, document: Any, **options: Any) -> Any:
        return self.storage.read_sync(lambda unit: plan_configuration(unit, ACCOUNT, document, PORTS, **options))


@given(documents(), st.booleans())
@settings(max_examples=40, deadline=None)
def test_a_configuration_is_the_same_wherever_and_however_often_it_is_applied(
    document: dict[str, Any], full: bool
) -> None:
    first, second = Server(1), Server(2)
    first.apply(document)
    exported = first.export(full=full)
    for again in (document, exported):
        applied = first.apply(again)
        assert (applied.plan.steps, applied.plan.drift, applied.group_id) == ([], [], None)
    second.apply(exported)
    assert second.export(full=full) == exported
    assert second.plan(exported).steps == []


@given(documents(), documents(), st.booleans())
@settings(max_examples=40, deadline=None)
def test_what_was_planned_is_done_and_can_be_taken_back(
    before: dict[str, Any], after: dict[str, Any], prune: bool
) -> None:
    server = Server(1)
    server.apply(before)
    exported = server.export()
    server.storage.pass_time(60)
    plan = server.plan(after, prune=prune)
    event(f"problems: {bool(plan.problems)}, steps: {bool(plan.steps)}")
    if plan.problems:  # names of carriers whose kind differs, applications that are still used
        return
    applied = server.apply(after, prune=prune, expected_plan=plan.fingerprint)
    assert [(one.action, one.name, one.difference) for one in applied.plan.steps] == [
        (one.action, one.name, one.difference) for one in plan.steps
    ]
    assert server.plan(after, prune=prune).steps == []
    if applied.group_id is None:
        assert server.export() == exported
        return
    group_id = applied.group_id
    server.storage.write_sync(lambda unit: roll_back_group(unit, ACCOUNT, group_id), SERVER)
    assert server.export() == exported
    assert server.plan(exported).steps == []


def test_a_plan_made_before_is_used_only_while_nothing_has_changed() -> None:
    server = Server(1)
    document = {"callwright": 1, "applications": [{"friendly_name": "Support", "notes": "a"}]}
    planned = server.plan(document)
    assert server.apply(document, planned=planned).plan is planned
    (application,) = server.storage.all(Application)
    planned = server.plan({**document, "applications": [{"friendly_name": "Support"}]})
    server.storage.pass_time(1)
    server.storage.write_sync(lambda unit: unit.update(application, {"voice_url": "https://hand.example"}), SERVER)
    with pytest.raises(ConfigurationDrifted):
        server.apply({**document, "applications": [{"friendly_name": "Support"}]}, planned=planned)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5) | st.sampled_from(["+15555550100", "AP"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["callwright", "numbers", "applications", "sid", "phone_number", "kind", "secrets"]),
        inner, max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@given(_JSON, st.sampled_from(["numbers", "applications", "carriers", "trunks", "short_codes", ""]))
@settings(max_examples=100, deadline=None)
def test_any_document_is_planned_or_told_what_is_wrong(document: Any, section: str) -> None:
    wanted = {"callwright": 1, section: [document]} if section else document
    plan = Server(1).plan(wanted)
    assert all(problem.message for problem in plan.problems)
