import ssl
from typing import Any

import pytest

from callwright.messaging.kinds import CarrierKinds
from callwright.messaging.smpp.failures import explain_end, explain_failure, is_hopeless
from callwright.messaging.smpp.settings import SmppSettings
from callwright.model.errors import InvalidParameter
from callwright.wire.smpp.session import Ended

LEAST: dict[str, Any] = {"host": "smpp.example.com", "system_id": "me"}


def check(**settings: Any) -> tuple[dict[str, Any], dict[str, str]]:
    password = settings.pop("password", "secret")
    return CarrierKinds().check_settings("smpp", {**LEAST, **settings}, {"password": password})


def test_host_login_and_password_are_enough_and_the_password_stays_apart() -> None:
    plain, secrets = check()
    assert secrets == {"password": "secret"}
    assert "password" not in plain
    assert (plain["port"], plain["window"], plain["bind"], plain["tls"]) == (2775, 10, "transceiver", False)


def test_an_address_in_brackets_is_one() -> None:
    assert check(host="[::1]")[0]["host"] == "::1"


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"host": "smpp.example.com:2775/x"}, "host: 'smpp.example.com:2775/x' is no host name"),
        ({"host": ""}, "host: '' is no host name"),
        ({"port": 0}, "port has to be a whole number from 1 to 65535."),
        ({"port": "x"}, "port has to be a whole number from 1 to 65535."),
        ({"port": 65_536}, "port has to be a whole number from 1 to 65535."),
        ({"system_id": "a" * 16}, "system_id has to be text of 1 to 15 characters."),
        ({"system_id": 7}, "system_id has to be text of 1 to 15 characters."),
        ({"system_type": "a" * 13}, "system_type has to be text of at most 12 characters."),
        ({"tls": "perhaps"}, "tls has to be true or false."),
        ({"password": 7}, "password has to be text."),
        ({"tls_server_name": "\ud800"}, "tls_server_name holds a NUL or half of a surrogate pair"),
        ({"system_type": "a\0"}, "system_type holds a NUL"),
        ({"\udc00": 1}, "\\udc00 holds a NUL"),
        ({"system_id": "ä"}, "system_id: give printable ASCII characters only"),
        ({"password": "p" * 65}, "password: a password of 65 characters: 64 is the most, and SMPP says 8"),
        ({"bind": "receiver"}, "bind has to be transceiver or transmitter_receiver."),
        ({"window": 1001}, "window has to be a whole number from 1 to 1000."),
        ({"source_ton": 256}, "source_ton has to be a whole number from 0 to 255."),
        ({"tls_ca_file": "/ca.pem"}, "settings: tls_ca_file means nothing without tls: set tls to true"),
        ({"reconnect_s": 0.4}, "reconnect_s has to be a number from 0.5 to 3600."),
        ({"enquire_link_s": 0.9}, "enquire_link_s"),
        ({"response_timeout_s": 0.1}, "response_timeout_s"),
        ({"connect_timeout_s": 0.1}, "connect_timeout_s"),
        ({"binds": 17}, "binds"),
        ({"host": "h" * 254}, "host has to be text of at most 253 characters."),
        ({"nonsense": 1}, "nonsense is no setting of carriers of kind smpp"),
    ],
)
def test_a_wrong_setting_is_refused_by_its_name(settings: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidParameter) as refused:
        check(**settings)
    assert refused.value.message.startswith(told)
    assert "ppp" not in refused.value.message


def test_all_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(InvalidParameter, match=r"^host, system_id and password are missing: a carrier of kind smpp"):
        CarrierKinds().check_settings("smpp", {"port": "x"}, {})
    with pytest.raises(InvalidParameter, match=r"^password is missing: a carrier of kind smpp needs it\.$"):
        CarrierKinds().check_settings("smpp", LEAST, {})


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"timeout_s": 0}, "timeout_s has to be a number above 0 and at most 60."),
        ({"fields": {}}, "fields has to be names and values, at least one."),
        ({"fields": "x"}, "fields has to be names and values, at least one."),
        ({"fields": {"a": [{"b": "\ud800"}]}}, "fields holds a NUL or half of a surrogate pair"),
        ({"fields": {"a\0": "b"}}, "fields holds a NUL"),
        ({"success_statuses": [200, 99]}, "success_statuses.1 has to be a whole number from 200 to 599."),
        ({"success_statuses": 200}, "success_statuses has to be a list."),
        ({"error_codes": {"17": 5}}, "error_codes.17 has to be a whole number from 30001 to 30999."),
        ({"statuses": {"OK": "fine"}}, "statuses.OK has to be sent, delivered, undelivered, failed, read or ignored."),
        ({"webhook_auth": "magic"}, "webhook_auth has to be header, basic or hmac-sha256."),
    ],
)
def test_settings_inside_others_are_named_with_their_place(settings: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidParameter) as refused:
        CarrierKinds().check_settings("http", {"url": "https://api.example.com/", **settings}, {})
    assert refused.value.message.startswith(told)


def test_every_setting_is_described() -> None:
    described = CarrierKinds().settings_of("smpp")
    assert all(setting.description for setting in described)
    assert {setting.name for setting in described if setting.is_required} == {"host", "system_id", "password"}
    assert [setting.name for setting in described if setting.is_secret] == ["password"]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (TimeoutError(), "does not answer"),
        (ConnectionRefusedError(), "refuses connections"),
        (UnicodeError("label too long"), "cannot be resolved"),
        (ssl.SSLError(1, "wrong version number"), "speaks TLS"),
        (ConnectionResetError(104, "Connection reset by peer"), "Connection reset by peer"),
    ],
)
def test_a_connection_that_cannot_be_made_names_the_cause(error: Exception, told: str) -> None:
    settings = SmppSettings.model_validate({**LEAST, "password": "secret"})
    text = explain_failure(error, settings)
    assert told in text
    assert "smpp.example.com" in text


def test_only_what_somebody_has_to_change_is_hopeless() -> None:
    assert is_hopeless(Ended("refused", 0x0E))
    assert not is_hopeless(Ended("refused", 0x05))
    assert not is_hopeless(Ended("lost"))
    assert "ask the carrier" in explain_end(Ended("refused", 0x432))
