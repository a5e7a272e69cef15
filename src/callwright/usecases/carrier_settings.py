"""What a carrier may be set to: the checks that creating and updating share."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from callwright.model.errors import CarrierNameTaken, InvalidParameter
from callwright.model.resources.account import Account
from callwright.model.resources.carrier import LOCAL_KINDS, Carrier
from callwright.usecases.owned import owned
from callwright.usecases.ports import ENVIRONMENT, Carriers, Condition, Secrets, SecretUnavailable, UnitOfWork
from callwright.usecases.setting_values import flag, friendly_name, is_text, shown, whole_number

#: Of one account: each has a link of its own.
MOST_CARRIERS = 50

_MOST_PATTERNS = 1000
_LOWEST_PRIORITY = 65_535
_HIGHEST_RATE = 100_000
_LONGEST_SECRET = 4096
#: A number with or without +, a short code, or a name of up to 11 characters; `*` at the end makes it a prefix.
_SENDER = re.compile(r"(\+?[0-9]{1,15}|(?=[^*]*[A-Za-z])[A-Za-z0-9 +\-_&.]{1,11})\*?|\+?\*", re.ASCII)
_DESTINATION = re.compile(r"\+[1-9][0-9]{0,14}", re.ASCII)
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}", re.ASCII)
#: The server's own settings, its database's password among them.
_OWN_VARIABLES = "CALLWRIGHT_"


def own_carrier(unit: UnitOfWork, account: Account, sid: str) -> Carrier:
    """The account's carrier of that SID; raises NotFound, also for another account's."""
    return owned(unit, account, Carrier, sid, "carrier")


def checked_fields(fields: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """The fields that carriers of all kinds have, ready to be stored; None means the default again.

    Raises InvalidParameter with cause and fix.
    """
    checked = {name: _CHECKS[name](value) for name, value in fields.items() if name in _CHECKS}
    if "retry_unacknowledged" in fields:
        default = kind in LOCAL_KINDS
        checked["retry_unacknowledged"] = flag("retry_unacknowledged", fields["retry_unacknowledged"], default=default)
    return checked


def check_name_is_free(unit: UnitOfWork, account: Account, name: str, but_for_sid: str | None = None) -> None:
    """Raises CarrierNameTaken: commands name carriers, and two of one name could not be told apart."""
    same = unit.find(Carrier, Condition("account_sid", account.sid), Condition("friendly_name", name))
    if same is not None and same.sid != but_for_sid:
        raise CarrierNameTaken(f"Carrier {same.sid} is named {shown(name)} already: give another name.")


class KindSettings:
    """Checks the settings of one kind and seals its secrets. It computes only, so units of work may use it."""

    def __init__(self, carriers: Carriers, secrets: Secrets, account: Account, kind: Any) -> None:
        """Raises InvalidParameter for a kind that is not known."""
        if not isinstance(kind, str) or kind not in carriers.kinds():
            known = ", ".join(carriers.kinds())
            raise InvalidParameter(f"kind {shown(kind)} is not known: give one of {known}.")
        self._carriers = carriers
        self._secrets = secrets
        self._account = account
        self.name = kind
        described = carriers.settings_of(kind)
        self._secret_names = {setting.name for setting in described if setting.is_secret}
        self._file_names = {setting.name for setting in described if setting.names_server_file}
        self._needs = {setting.name: setting.needs for setting in described if setting.needs is not None}

    def checked(self, settings: Any, secrets: Any, before: Carrier | None = None) -> dict[str, Any]:
        """The columns `settings` and `secrets`; what `before` has and is not given again stays.

        None for a setting means its default again, for a secret that there is none. Raises InvalidParameter.
        """
        asked = self._given("settings", settings, secret=False)
        plain = _merged(self._still_meaningful(before.settings if before else {}, asked), asked)
        self._check_files(plain)
        given = {name: self._secret(name, text) for name, text in self._given("secrets", secrets, secret=True).items()}
        kept = {name: text for name, text in (before.secrets if before else {}).items() if name not in given}
        new = {name: text for name, text in given.items() if text is not None}
        readable = {name: self._readable(name, text) for name, text in kept.items()}
        completed, texts = self._carriers.check_settings(self.name, plain, {**readable, **new})
        sealed = {name: self._sealed(texts[name]) for name in new if name in texts}
        return {"settings": completed, "secrets": {**kept, **sealed}}

    def _given(self, field: str, values: Any, *, secret: bool) -> dict[str, Any]:
        if values is None:
            return {}
        if not isinstance(values, dict):
            raise InvalidParameter(f"{field} has to be an object of names and values.")
        for name in values:
            if secret and name not in self._secret_names:
                known = ", ".join(sorted(self._secret_names)) or "none"
                raise InvalidParameter(f"{shown(name)} is no secret of kind {self.name}: those are {known}.")
            if not secret and name in self._secret_names:
                raise InvalidParameter(f"{name} is secret: give it in `secrets`, not in `settings`.")
        return values

    def _still_meaningful(self, before: Mapping[str, Any], asked: Mapping[str, Any]) -> dict[str, Any]:
        """What was set before, without what belongs to a switch that is being switched off."""
        off = {name for name, value in asked.items() if value is None or value is False}
        return {name: value for name, value in before.items() if self._needs.get(name) not in off}

    def _check_files(self, plain: Mapping[str, Any]) -> None:
        """The files are the server's: a customer must not have them opened, nor learn which there are."""
        for name in sorted(self._file_names & plain.keys()):
            if self._account.is_subaccount:
                raise InvalidParameter(
                    f"{name}: subaccounts cannot name files of the server: leave it out, or let the main account "
                    "add the carrier."
                )

    def _secret(self, name: str, text: Any) -> str | None:
        if text is None or text == "":
            return None
        if not is_text(text) or len(text) > _LONGEST_SECRET:
            raise InvalidParameter(f"{name} has to be text of at most {_LONGEST_SECRET} characters.")
        if text.startswith(ENVIRONMENT):
            self._check_variable(name, text.removeprefix(ENVIRONMENT))
        return str(text)

    def _check_variable(self, name: str, variable: str) -> None:
        """The environment is the server's: a customer must not have it sent to a carrier of their own."""
        if not _VARIABLE.fullmatch(variable):
            raise InvalidParameter(f"{name}: env: is followed by the name of an environment variable.")
        if variable.upper().startswith(_OWN_VARIABLES):
            raise InvalidParameter(f"{name}: {variable} is a setting of the server itself: name another variable.")
        if self._account.is_subaccount:
            raise InvalidParameter(f"{name}: subaccounts cannot read the server's environment: give the secret itself.")

    def _readable(self, name: str, text: str) -> str:
        if text.startswith(ENVIRONMENT):
            return text
        try:
            return self._secrets.open(text)
        except SecretUnavailable as error:
            raise InvalidParameter(f"{name}: {error}.") from error

    def _sealed(self, text: str) -> str:
        return text if text.startswith(ENVIRONMENT) else self._secrets.seal(text)


def shown_secrets(carriers: Carriers, carrier: Carrier) -> dict[str, str | None]:
    """What may be told of the secrets: `set`, `env:NAME`, or None where there is none."""
    if carrier.kind not in carriers.kinds():  # of a version that had more kinds
        return {}
    names = [setting.name for setting in carriers.settings_of(carrier.kind) if setting.is_secret]
    return {name: _told(carrier.secrets.get(name)) for name in names}


def _told(stored: str | None) -> str | None:
    if stored is None or stored.startswith(ENVIRONMENT):
        return stored
    return "set"


def _merged(before: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**before, **given}.items() if value is not None}


def _priority(value: Any) -> int:
    return whole_number("priority", value, 0, _LOWEST_PRIORITY, default=10)


def _rate(value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= _HIGHEST_RATE:
        raise InvalidParameter(
            f"messages_per_second {shown(value)} has to be more than 0 and at most {_HIGHEST_RATE}, or null."
        )
    return float(value)


def _enabled(value: Any) -> bool:
    return flag("is_enabled", value, default=True)


def _senders(value: Any) -> list[str]:
    return _patterns("senders", value, _SENDER, "+15555550100, 12345, Acme or a prefix that ends in * (+1555*)")


def _destinations(value: Any) -> list[str]:
    return _patterns("destinations", value, _DESTINATION, "a prefix in E.164 such as +49")


def _patterns(name: str, value: Any, pattern: re.Pattern[str], example: str) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, list) or len(value) > _MOST_PATTERNS:
        raise InvalidParameter(f"{name} has to be a list of at most {_MOST_PATTERNS}.")
    for item in value:
        if not isinstance(item, str) or not pattern.fullmatch(item):
            raise InvalidParameter(f"{name}: {shown(item)} cannot be used: give {example}.")
    return list(dict.fromkeys(value))


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "friendly_name": friendly_name,
    "priority": _priority,
    "senders": _senders,
    "destinations": _destinations,
    "messages_per_second": _rate,
    "is_enabled": _enabled,
}
