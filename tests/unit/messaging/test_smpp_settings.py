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
        ({"port": 0}, "port: "),
        ({"port": 65_536}, "port: "),
        ({"system_id": "a" * 16}, "system_id: "),
        ({"system_id": "ä"}, "system_id: give printable ASCII characters only"),
        ({"password": "p" * 65}, "password: a password of 65 characters: 64 is the most, and SMPP says 8"),
        ({"bind": "receiver"}, "bind: "),
        ({"window": 1001}, "window: "),
        ({"source_ton": 256}, "source_ton: "),
        ({"tls_ca_file": "/ca.pem"}, "settings: tls_ca_file means nothing without tls: set tls to true"),
        ({"reconnect_s": 0.4}, "reconnect_s"),
        ({"enquire_link_s": 0.9}, "enquire_link_s"),
        ({"response_timeout_s": 0.1}, "response_timeout_s"),
        ({"connect_timeout_s": 0.1}, "connect_timeout_s"),
        ({"binds": 17}, "binds"),
        ({"host": "h" * 254}, "host"),
        ({"nonsense": 1}, "nonsense is no setting of carriers of kind smpp"),
    ],
)
def test_a_wrong_setting_is_refused_by_its_name(settings: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidParameter) as refused:
        check(**settings)
    assert refused.value.message.startswith(told)
    assert "ppp" not in refused.value.message


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
