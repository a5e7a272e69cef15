"""Write an account's configuration as one document, which applied anywhere makes the same again."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from callwright.model.configuration import KEPT, SECTIONS, VERSION, VERSION_KEY, Section
from callwright.model.resources.account import Account
from callwright.model.resources.carrier import Carrier
from callwright.usecases.configuration_columns import default_of
from callwright.usecases.configuration_references import written_reference
from callwright.usecases.configuration_state import own_records
from callwright.usecases.ports import ENVIRONMENT, Carriers, UnitOfWork


def export_configuration(
    unit: UnitOfWork, account: Account, carriers: Carriers, *, is_full: bool = False
) -> dict[str, Any]:
    """The document (model.configuration), items in the order of their keys, all with SID.

    Settings that have their default are left out unless `is_full`. A secret is written as `env:NAME` where that is
    what is stored, else as the mark that keeps it. Sections without items are left out.
    """
    document: dict[str, Any] = {VERSION_KEY: VERSION}
    writing = _Writing(carriers, is_full)
    for section in SECTIONS:
        records = [record for batch in own_records(unit, account, section) for record in batch]
        records.sort(key=lambda record: (getattr(record, section.key) or "", record.sid))
        writing.name(section, records)
        items = [dict(writing.item(section, record)) for record in records]
        if items:
            document[section.name] = items
    return document


class _Writing:
    """Remembers the names of what was written, for those that refer to it."""

    def __init__(self, carriers: Carriers, is_full: bool) -> None:
        self._carriers = carriers
        self._is_full = is_full
        self._names: dict[str, dict[str, str | None]] = {}
        self._counts: dict[str, Mapping[str, int]] = {}

    def name(self, section: Section, records: list[Any]) -> None:
        names = {record.sid: getattr(record, section.key) for record in records}
        self._names[section.name] = names
        self._counts[section.name] = Counter(name for name in names.values() if name)

    def item(self, section: Section, record: Any) -> Iterator[tuple[str, Any]]:
        yield "sid", record.sid
        for setting in (section.key, *(name for name in section.settings if name != section.key)):
            value = self._value(section, record, setting)
            is_default = value == default_of(section.name, record, setting) or value in ({}, None)
            if (setting == section.key and value is not None) or self._is_full or not is_default:
                yield setting, value

    def _value(self, section: Section, record: Any, setting: str) -> Any:
        reference = section.references.get(setting)
        value = getattr(record, section.column_of(setting))
        if reference is not None:
            return written_reference(value, self._names[reference.section], self._counts[reference.section])
        if setting == "secrets":
            return written_secrets(record)
        if setting == "settings":
            return self._settings(record)
        return value

    def _settings(self, carrier: Carrier) -> dict[str, Any]:
        if self._is_full or carrier.kind not in self._carriers.kinds():  # of a version that had more kinds
            return carrier.settings
        defaults = {setting.name: setting.default for setting in self._carriers.settings_of(carrier.kind)}
        return {name: value for name, value in carrier.settings.items() if value != defaults.get(name)}


def written_secrets(carrier: Carrier) -> dict[str, str]:
    """What a document may tell of a carrier's secrets."""
    return {
        name: text if text.startswith(ENVIRONMENT) else KEPT
        for name, text in sorted(carrier.secrets.items())
        if text is not None
    }
