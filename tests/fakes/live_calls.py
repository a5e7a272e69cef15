"""Live calls in memory: implements the LiveCalls port and remembers the orders."""

from collections.abc import Callable


class FakeLiveCalls:
    """Calls named in `ringing` and `talking` take orders. `on_order` is run at each, with the order and the SID."""

    def __init__(self) -> None:
        self.ringing: set[str] = set()
        self.talking: set[str] = set()
        self.orders: list[tuple[str, ...]] = []
        self.on_order: Callable[[str, str], None] = lambda order, sid: None

    def _obey(self, order: str, sid: str, *details: str, among: set[str]) -> bool:
        if sid not in among:
            return False
        self.orders.append((order, sid, *details))
        self.on_order(order, sid)
        return True

    async def place(self, call_sid: str) -> None:
        self.orders.append(("place", call_sid))

    async def hang_up(self, call_sid: str) -> bool:
        return self._obey("hang_up", call_sid, among=self.ringing | self.talking)

    async def cancel(self, call_sid: str) -> bool:
        return self._obey("cancel", call_sid, among=self.ringing)

    async def redirect(self, call_sid: str, url: str | None, method: str, twiml: str | None) -> bool:
        return self._obey("redirect", call_sid, url or "", method, twiml or "", among=self.talking)
