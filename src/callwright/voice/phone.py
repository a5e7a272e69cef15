"""A SIP phone: for `callwright call`, tests and benchmarks. Calls, and is called."""

import asyncio
import contextlib
import socket
from typing import Any

from callwright.voice.incoming_call import CallGone, IncomingCall
from callwright.voice.outgoing_call import CallRejected, OutgoingCall
from callwright.voice.phone_audio import PhoneAudio
from callwright.voice.sip_call import Ended
from callwright.voice.transport import Address
from callwright.voice.user_agent import UserAgent
from callwright.wire.error import WireError

__all__ = ["CallGone", "CallRejected", "Phone", "PhoneCall", "local_host_toward"]

_NOT_ACCEPTABLE = 488
_BUSY = 486


class PhoneCall:
    """One call of a phone, in either direction. Times are in seconds of the loop's clock."""

    def __init__(self, sip: OutgoingCall | IncomingCall, audio: PhoneAudio) -> None:
        self.sip = sip
        self.audio = audio
        self.answered_at_s: float | None = None
        self.ended_at_s: float | None = None
        sip.ended.add_done_callback(lambda _: self._note_end())

    @property
    def ended(self) -> "asyncio.Future[Ended]":
        """Resolves when the call is over."""
        return self.sip.ended

    @property
    def is_over(self) -> bool:
        return self.sip.is_over

    @property
    def duration_s(self) -> float:
        """How long it has been answered; 0.0 when it never was."""
        if self.answered_at_s is None:
            return 0.0
        return (self.ended_at_s or asyncio.get_running_loop().time()) - self.answered_at_s

    async def answered(self, timeout_s: float | None = None) -> None:
        """Wait until the callee answers; gives up (CANCEL) after `timeout_s`.

        Raises CallRejected with the final status: 408 when the time is over, 487 when cancelled.
        """
        if not isinstance(self.sip, OutgoingCall):
            raise TypeError("only a call that was placed is waited for; answer() takes the others")
        try:
            async with asyncio.timeout(timeout_s):
                answer = await asyncio.shield(self.sip.answered)
        except TimeoutError:
            await self.sip.cancel()
            raise CallRejected(408, "nobody answered in time") from None
        try:
            self.audio.accept(answer)
        except WireError as error:
            await self.sip.hang_up()
            raise CallRejected(_NOT_ACCEPTABLE, str(error)) from error
        self._note_answer()

    async def ringing(self) -> None:
        """Wait until it rings at the callee's."""
        if isinstance(self.sip, OutgoingCall):
            await self.sip.ringing.wait()

    async def answer(self) -> None:
        """Take an incoming call. Raises CallGone when the caller has given up, WireError for a bad offer."""
        if not isinstance(self.sip, IncomingCall):
            raise TypeError("only an incoming call is answered")
        if self.sip.offer is not None:
            try:
                sdp = self.audio.answer(self.sip.offer)
            except WireError:
                self.sip.reject(_NOT_ACCEPTABLE)
                raise
            await self.sip.answer(sdp)
        elif late_answer := await self.sip.answer(self.audio.offer()):
            self.audio.accept(late_answer)
        self._note_answer()

    def ring(self) -> None:
        """Tell the caller that it rings here."""
        if isinstance(self.sip, IncomingCall):
            self.sip.ring()

    def refuse(self, status: int = _BUSY) -> None:
        """Do not take an incoming call: 486 is busy, 603 is declined."""
        if isinstance(self.sip, IncomingCall):
            self.sip.reject(status)

    async def send_digits(self, digits: str) -> None:
        """Press keys; `w` waits 0.5 s, `W` 1 s. Returns when all is sent, or the call is over."""
        sending = asyncio.ensure_future(self.audio.send_digits(digits))
        either: list[asyncio.Future[Any]] = [sending, self.ended]
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if sending.done():
                sending.result()
        finally:
            sending.cancel()

    async def hang_up(self) -> None:
        """End the call, or cancel it. Safe to call twice."""
        await self.sip.hang_up()

    async def close(self) -> None:
        """Hang up and free the audio port."""
        with contextlib.suppress(CallGone):
            await self.sip.hang_up()
        await self.audio.close()

    def _note_answer(self) -> None:
        self.answered_at_s = asyncio.get_running_loop().time()
        self.sip.on_reoffer = self.audio.answer

    def _note_end(self) -> None:
        self.ended_at_s = asyncio.get_running_loop().time()


class Phone:
    """A phone on one address; `async with Phone(host) as phone`."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._host = host
        self._port = port
        self._agent = UserAgent(user_agent="callwright-phone", on_call=self._take)
        self._incoming: asyncio.Queue[IncomingCall] = asyncio.Queue()
        self._calls: list[PhoneCall] = []

    async def __aenter__(self) -> "Phone":
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def address(self) -> Address:
        return self._agent.address

    async def open(self) -> None:
        """Listen for calls. Raises OSError."""
        await self._agent.open(self._host, self._port)

    async def close(self) -> None:
        """Hang up every call and stop listening."""
        await asyncio.gather(*(call.close() for call in self._calls))
        while not self._incoming.empty():
            self._incoming.get_nowait().abort()
        await self._agent.close()

    async def call(self, number: str, server: Address, *, from_number: str = "anonymous") -> PhoneCall:
        """Send the INVITE; `answered()` of what this returns waits for the callee.

        Raises CallRejected for an address that cannot be sent to, ValueError for unusable numbers.
        """
        audio = await self._open_audio()
        try:
            sip = await self._agent.call(
                to_uri=f"sip:{number}@{_host_port(server)}",
                from_uri=f"sip:{from_number}@{_host_port(self.address)}",
                target=server,
                offer=audio.offer(),
            )
        except BaseException:
            await audio.close()
            raise
        return self._keep(PhoneCall(sip, audio))

    async def next_call(self) -> PhoneCall:
        """Wait for an incoming call; it neither rings nor is answered until told to."""
        sip = await self._incoming.get()
        return self._keep(PhoneCall(sip, await self._open_audio()))

    def _keep(self, call: PhoneCall) -> PhoneCall:
        self._calls.append(call)
        return call

    def _take(self, call: IncomingCall) -> None:
        self._incoming.put_nowait(call)

    async def _open_audio(self) -> PhoneAudio:
        audio = PhoneAudio()
        await audio.open(self._host)
        return audio


def local_host_toward(server: Address) -> str:
    """Our address as that server sees it. Raises OSError when there is no way to it."""
    family = socket.AF_INET6 if ":" in server[0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        # Connecting a datagram socket sends nothing; it only asks the kernel for a route.
        probe.connect(server)
        return str(probe.getsockname()[0])


def _host_port(address: Address) -> str:
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
