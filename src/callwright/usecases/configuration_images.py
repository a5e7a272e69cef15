"""How a plan shows records: by the names of the document, references by name, secrets by marks alone."""

from collections.abc import Iterable, Mapping
from typing import Any

from callwright.model.configuration import Section
from callwright.model.difference import Change, difference
from callwright.model.revision import CHANGED_SECRET, SECRET
from callwright.usecases.configuration_references import References
from callwright.usecases.ports import ENVIRONMENT


def shown_difference(
    section: Section,
    references: References,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    columns: Iterable[str] | None = None,
) -> list[Change]:
    """What differs between two sets of columns; of these columns only, if given. None: there is no record."""
    wanted = set(columns) if columns is not None else None
    settings = [setting for setting in section.settings if wanted is None or section.column_of(setting) in wanted]
    shown_before = _image(section, references, settings, before, None)
    shown_after = _image(section, references, settings, after, before)
    return difference(shown_before, shown_after)


def _image(
    section: Section,
    references: References,
    settings: list[str],
    columns: Mapping[str, Any] | None,
    previous: Mapping[str, Any] | None,
) -> dict[str, Any] | None:
    if columns is None:
        return None
    image: dict[str, Any] = {}
    for setting in settings:
        value = columns.get(section.column_of(setting))
        if setting in section.references:
            image[setting] = references.label(value)
        elif setting == "secrets":
            image |= _secrets(value or {}, (previous or {}).get("secrets"))
        elif setting == "settings":
            image |= {f"settings.{name}": part for name, part in (value or {}).items()}
        else:
            image[setting] = value
    return image


def _secrets(secrets: Any, previous: Any) -> dict[str, Any]:
    """In an image of the history they are marks already."""
    if not isinstance(secrets, Mapping):
        return {"secrets": secrets}
    told = {}
    for name, text in secrets.items():
        if text is not None and not text.startswith(ENVIRONMENT):
            is_changed = isinstance(previous, Mapping) and name in previous and previous[name] != text
            text = CHANGED_SECRET if is_changed else SECRET
        told[f"secrets.{name}"] = text
    return told
