"""The kinds of carriers and their settings; works with and without running connections."""

from collections.abc import Mapping
from typing import Any, get_args

from pydantic import SecretStr, ValidationError

from callwright.messaging.carrier import KINDS, CarrierKind, CarrierSettings
from callwright.messaging.setting_problems import first_problem
from callwright.model.errors import InvalidParameter
from callwright.registry import load_all
from callwright.usecases.ports import CarrierSetting, CarrierState
from callwright.usecases.setting_values import is_text, shown

_TYPES = {"integer": "whole number", "number": "number", "boolean": "true or false", "object": "names and values"}


class CarrierKinds:
    """Implements usecases.ports.Carriers where no carrier runs (the command line without a server)."""

    def __init__(self) -> None:
        load_all("callwright.messaging.carriers")

    def kinds(self) -> Mapping[str, str]:
        return {name: kind.summary for name, kind in sorted(KINDS.items())}

    def settings_of(self, kind: str) -> list[CarrierSetting]:
        """As the port says."""
        return described_settings(kind_of(kind).settings)

    def check_settings(
        self, kind: str, settings: Mapping[str, Any], secrets: Mapping[str, str]
    ) -> tuple[dict[str, Any], dict[str, str]]:
        """As the port says."""
        known = kind_of(kind)
        checked = checked_settings(known, {**settings, **secrets})
        plain = checked.model_dump(mode="json", exclude=set(secret_names(known.settings)))
        return plain, {name: secrets[name] for name in secret_names(known.settings) if name in secrets}

    def state(self, carrier_sid: str) -> CarrierState:
        return CarrierState("stopped", is_ready=False, detail="No server runs: start it with `callwright serve`.")


def kind_of(name: str) -> CarrierKind:
    """Raises InvalidParameter naming the kinds there are."""
    kind = KINDS.get(name)
    if kind is None:
        raise InvalidParameter(f"kind {ascii(name)[:40]} is not known: give one of {', '.join(sorted(KINDS))}.")
    return kind


def secret_names(settings: type[CarrierSettings]) -> list[str]:
    """Names of the settings that are secret."""
    fields = settings.model_fields.items()
    return [name for name, field in fields if SecretStr in (field.annotation, *get_args(field.annotation))]


def described_settings(settings: type[CarrierSettings]) -> list[CarrierSetting]:
    """The settings in the order of their declaration, from their JSON Schema."""
    schema = settings.model_json_schema(mode="validation")
    secret, required = secret_names(settings), schema.get("required", ())
    return [
        CarrierSetting(
            name=name,
            type=_in_words(facts, schema.get("$defs", {})),
            description=facts.get("description", ""),
            is_required=name in required,
            is_secret=name in secret,
            default=None if name in secret else facts.get("default"),
            names_server_file=facts.get("names_server_file", False),
            needs=facts.get("needs"),
        )
        for name, facts in schema.get("properties", {}).items()
    ]


def _in_words(facts: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    """A type of a JSON Schema as people say it."""
    if "$ref" in facts:
        return _in_words(definitions[facts["$ref"].rpartition("/")[2]], definitions)
    if "anyOf" in facts:
        arms = [arm for arm in facts["anyOf"] if arm.get("type") != "null"]
        return " or ".join(dict.fromkeys(_in_words(arm, definitions) for arm in arms))
    if "enum" in facts or "const" in facts:
        return ", ".join(str(choice) for choice in facts.get("enum", [facts.get("const")]))
    if facts.get("type") == "array":
        return f"list of {_in_words(facts.get('items', {}), definitions)}"
    return _TYPES.get(facts.get("type", ""), "text")


def checked_settings(kind: CarrierKind, given: Mapping[str, Any]) -> CarrierSettings:
    """The settings as the kind declares them. Raises InvalidParameter naming the setting, the cause and the fix."""
    _check_storable(given)
    try:
        return kind.settings.model_validate(dict(given))
    except ValidationError as error:
        raise InvalidParameter(first_problem(kind, error)) from None  # the cause would show secrets


def _check_storable(given: Mapping[str, Any]) -> None:
    """Raises InvalidParameter where a text anywhere inside cannot be stored: NUL, or half of a surrogate pair."""
    for name, setting in given.items():
        inside = [name, setting]
        while inside:
            value = inside.pop()
            if isinstance(value, str) and not is_text(value):
                raise InvalidParameter(
                    f"{shown(name)[1:-1]} holds a NUL or half of a surrogate pair, which no text may: leave it out."
                )
            if isinstance(value, dict):
                inside += [*value, *value.values()]
            elif isinstance(value, list):
                inside += value
