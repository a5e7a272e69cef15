"""Why settings of a carrier are refused, in words for who wrote them: the setting, what it has to be, its bounds."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from callwright.messaging.carrier import CarrierKind

_KINDS = {"integer": "a whole number", "number": "a number", "boolean": "true or false", "string": "text"}


def first_problem(kind: CarrierKind, error: ValidationError) -> str:
    """One problem, but all of the settings that are missing; never a value, as it may be secret."""
    problems = error.errors(include_url=False, include_input=False, include_context=False)
    missing = [_place(problem["loc"]) for problem in problems if problem["type"] == "missing"]
    if missing:
        return _missing(missing, kind)
    problem = problems[0]
    name = _place(problem["loc"]) or "settings"
    if problem["type"] == "extra_forbidden":
        known = ", ".join(kind.settings.model_fields)
        return f"{name} is no setting of carriers of kind {kind.name}: those are {known or 'none'}."
    if problem["type"] == "value_error":
        return f"{name}: {problem['msg'].removeprefix('Value error, ')}."
    schema = kind.settings.model_json_schema(mode="validation")
    facts = _facts_at(schema, problem["loc"], schema.get("$defs", {}))
    return f"{name} has to be {_wanted(facts)}."


def _missing(names: Sequence[str], kind: CarrierKind) -> str:
    *others, last = names
    if not others:
        return f"{last} is missing: a carrier of kind {kind.name} needs it."
    return f"{', '.join(others)} and {last} are missing: a carrier of kind {kind.name} needs them."


def _place(location: Sequence[int | str]) -> str:
    """`statuses.DELIVRD`; what pydantic adds for keys is left out."""
    return ".".join(str(part) for part in location if part != "[key]")


def _facts_at(schema: Mapping[str, Any], location: Sequence[int | str], definitions: Mapping[str, Any]) -> Any:
    """The JSON Schema of what stands there."""
    facts = schema
    for step in location:
        facts = _resolved(facts, definitions)
        within = facts.get("properties", {}).get(step) or facts.get("items") or facts.get("additionalProperties")
        if not isinstance(within, Mapping):
            break
        facts = within
    return _resolved(facts, definitions)


def _resolved(facts: Mapping[str, Any], definitions: Mapping[str, Any]) -> Mapping[str, Any]:
    """Without references, and without the null of what may be left out."""
    if "$ref" in facts:
        return _resolved(definitions[facts["$ref"].rpartition("/")[2]], definitions)
    arms = [arm for arm in facts.get("anyOf", ()) if arm.get("type") != "null"]
    return _resolved(arms[0], definitions) if arms else facts


def _wanted(facts: Mapping[str, Any]) -> str:
    """`a whole number from 1 to 65535`, `text of 1 to 15 characters`, `gsm7 or latin1`."""
    choices = [str(choice) for choice in facts.get("enum", ())]
    if choices:
        return " or ".join([", ".join(choices[:-1]), choices[-1]]) if len(choices) > 1 else choices[0]
    if facts.get("type") == "array":
        return "a list"
    if facts.get("type") == "object":
        return "names and values" + (", at least one" if facts.get("minProperties") else "")
    kind = _KINDS.get(facts.get("type", ""), "text")
    if kind == "text":
        return kind + _bounds(facts.get("minLength"), facts.get("maxLength"), "of", " characters")
    if "exclusiveMinimum" in facts:
        return f"{kind} above {facts['exclusiveMinimum']:g}" + _bounds(None, facts.get("maximum"), "and", "")
    return kind + _bounds(facts.get("minimum"), facts.get("maximum"), "from", "")


def _bounds(low: float | None, high: float | None, word: str, unit: str) -> str:
    if low is not None and high is not None:
        return f" {word} {low:.10g} to {high:.10g}{unit}"
    if high is not None:
        return f" {word if word != 'from' else 'of'} at most {high:.10g}{unit}"
    return f" {word if word != 'from' else 'of'} at least {low:.10g}{unit}" if low is not None else ""
