"""What a name or a SID in a configuration refers to, and how a SID is shown to people."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from callwright.model.configuration import SECTION, Reference, Section
from callwright.model.errors import ApiError, InvalidParameter
from callwright.model.resources.account import Account
from callwright.model.sid import is_sid
from callwright.usecases.point_number import with_targets
from callwright.usecases.ports import UnitOfWork

_MOST_SHOWN = 5
_MOST_HINTS = 100
_MOST_COMPARED = 2000
_NO_HINT = "add it to the configuration, or name one there is."


class References:
    """Names and SIDs of the sections that others refer to, as they are once the document is applied."""

    def __init__(self, unit: UnitOfWork, account: Account) -> None:
        self._unit = unit
        self._account = account
        self._in_document: dict[str, dict[str, list[str]]] = {}
        self._besides: dict[str, dict[str, list[str]]] = {}
        self._sids: dict[str, str | None] = {}
        self._new: set[str] = set()
        self._deleted: set[str] = set()
        self._hints: dict[tuple[str, str], str] = {}
        self._elsewhere: dict[tuple[str, str], ApiError | None] = {}

    def add(self, section: str, sid: str, name: str | None, *, is_new: bool = False) -> None:
        """A record that an item of the document means."""
        self._enter(self._in_document, section, sid, name)
        if is_new:
            self._new.add(sid)

    def add_others(self, section: str, records: Iterable[tuple[str, str | None]]) -> None:
        """The records (SID and name) of the account that the document says nothing about, and that stay."""
        for sid, name in records:
            self._enter(self._besides, section, sid, name)

    def add_deleted(self, sid: str, name: str | None) -> None:
        self._deleted.add(sid)
        self._sids[sid] = name

    def _enter(self, names: dict[str, dict[str, list[str]]], section: str, sid: str, name: str | None) -> None:
        self._sids[sid] = name
        if name:
            names.setdefault(section, {}).setdefault(name, []).append(sid)

    def resolve(self, reference: Reference, text: str, current_sid: str | None) -> str:
        """The SID that is meant. `current_sid` may stay, even when what it names is gone. Raises ApiError."""
        section = SECTION[reference.section]
        if is_sid(text, section.prefix):
            return self._of_sid(reference, text, current_sid)
        for names in (self._in_document, self._besides):
            found = names.get(section.name, {}).get(text, [])
            if len(found) > 1:
                sids = ", ".join(sorted(found)[:_MOST_SHOWN])
                raise InvalidParameter(
                    f"{len(found)} {section.noun}s are named {text!r}: give the SID of one ({sids})."
                )
            if found:
                return found[0]
        raise InvalidParameter(f"no {section.noun} is named {ascii(text)[:80]}: {self._hint(section, text)}")

    def _hint(self, section: Section, text: str) -> str:
        """What may have been meant: once for each name, and only so often, as it takes a while."""
        key = (section.name, text)
        if key not in self._hints and len(self._hints) < _MOST_HINTS:
            known = [*self._in_document.get(section.name, ()), *self._besides.get(section.name, ())]
            near = get_close_matches(text[:80], known[:_MOST_COMPARED], n=1)
            self._hints[key] = f"did you mean {near[0]!r}?" if near else _NO_HINT
        return self._hints.get(key, _NO_HINT)

    def _of_sid(self, reference: Reference, sid: str, current_sid: str | None) -> str:
        if sid in self._deleted:
            raise InvalidParameter(f"{sid} is deleted by this configuration: name another, or keep it there.")
        if sid not in self._sids and sid != current_sid:
            key = (reference.column, sid)
            if key not in self._elsewhere:
                self._elsewhere[key] = self._refusal(reference.column, sid)
            refusal = self._elsewhere[key]
            if refusal is not None:
                raise refusal
        return sid

    def _refusal(self, column: str, sid: str) -> ApiError | None:
        """Why the account's numbers may not name a record that is not its own; a parent's trunk they may."""
        try:
            with_targets(self._unit, self._account, {column: sid})
        except ApiError as error:
            return error
        return None

    def label(self, sid: str | None) -> str | None:
        """How a plan shows a SID: one that is made up only when the plan is applied is told by its name alone."""
        name = self._sids.get(sid) if sid else None
        if sid in self._new:
            return f"{name} (new)"
        return f"{name} ({sid})" if name else sid


def written_reference(sid: str | None, names: Mapping[str, str | None], counts: Mapping[str, int]) -> str | None:
    """How an export writes a reference: the name where only one has it and it cannot be taken for a SID."""
    name = names.get(sid) if sid else None
    return name if name and counts.get(name) == 1 and not is_sid(name) else sid
