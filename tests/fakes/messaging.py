"""The ports of messaging in memory: carriers without connections, sealed secrets that can be read, media."""

import errno
from collections.abc import Mapping, Sequence
from typing import Any

from callwright.messaging.kinds import CarrierKinds
from callwright.usecases.ports import CarrierSetting, CarrierState, SecretUnavailable


class FakeCarriers:
    """Knows the real kinds; `states` may be set by SID, the rest are ready."""

    def __init__(self) -> None:
        self._kinds = CarrierKinds()
        self.states: dict[str, CarrierState] = {}

    def kinds(self) -> Mapping[str, str]:
        return self._kinds.kinds()

    def settings_of(self, kind: str) -> Sequence[CarrierSetting]:
        return self._kinds.settings_of(kind)

    def check_settings(
        self, kind: str, settings: Mapping[str, Any], secrets: Mapping[str, str]
    ) -> tuple[dict[str, Any], dict[str, str]]:
        return self._kinds.check_settings(kind, settings, secrets)

    def state(self, carrier_sid: str) -> CarrierState:
        return self.states.get(carrier_sid, CarrierState("ready", is_ready=True))


class FakeSecrets:
    """Sealed means written backwards."""

    def seal(self, text: str) -> str:
        return f"sealed:{text[::-1]}"

    def open(self, sealed: str) -> str:
        if not sealed.startswith("sealed:"):
            raise SecretUnavailable(f"{sealed} is not set")
        return sealed.removeprefix("sealed:")[::-1]

    def sign(self, text: str) -> str:
        return f"signed-{sum(text.encode()) % 9973}"


class FakeMediaStore:
    """The next `fails` writes find the disk full."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.fails = 0

    async def write(self, sid: str, content: bytes) -> None:
        if self.fails:
            self.fails -= 1
            raise OSError(errno.ENOSPC, "No space left on device")
        self.files[sid] = content

    async def read(self, sid: str) -> bytes | None:
        return self.files.get(sid)

    async def delete(self, sid: str) -> None:
        self.files.pop(sid, None)
