"""The link on the loop the server runs on."""

import asyncio
from functools import partial
from pathlib import Path

import uvloop
from tests.messaging.raw_smsc import RawSmsc, deliver_body
from tests.messaging.smpp_link import NotedTraffic, linked, sending, until
from tests.webhooks.test_webhook_tls import certificate

from callwright.usecases.carrier_traffic import Accepted


def _has_connections(smsc: RawSmsc, number: int) -> bool:
    return smsc.connections == number


def test_the_link_does_its_work_on_uvloop_and_comes_back_after_losses(tmp_path: Path) -> None:
    context = certificate(tmp_path, "smsc.example")

    async def work() -> None:
        traffic = NotedTraffic()
        for tls in (None, context):
            settings = {"tls": tls is not None, "tls_verify": False}
            async with RawSmsc(tls=tls) as smsc, linked(traffic, port=smsc.port, window=5, **settings) as link:
                for losses in range(3):
                    await until(lambda: link.state.is_ready)
                    outcomes = await asyncio.gather(*(link.submit(sending("abc" * 80)) for _ in range(20)))
                    assert {type(outcome) for outcome in outcomes} == {Accepted}
                    smsc.deliver(1, deliver_body("15555550101", "15555550100", b"hi"))
                    await until(lambda: smsc.answered)
                    smsc.answered.clear()
                    if losses:
                        smsc.peers[-1].drop()
                    else:
                        smsc.peers[-1].send(b"\xff" * 40)
                    await until(partial(_has_connections, smsc, losses + 2))
        assert [one.body for one in traffic.incoming] == ["hi"] * 6

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work())


def test_a_peer_that_does_not_read_stops_the_link_from_taking_more() -> None:
    async def work() -> None:
        async def only_bind(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            bind = await reader.readexactly(16)
            await reader.readexactly(int.from_bytes(bind[:4], "big") - 16)
            writer.write(b"\0\0\0\x15\x80\0\0\x09\0\0\0\0" + bind[12:16] + b"smsc\0")
            reader._transport.pause_reading()  # type: ignore[attr-defined]  # streams have no word for it
            await done.wait()
            writer.transport.abort()

        done = asyncio.Event()
        server = await asyncio.start_server(only_bind, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        settings = {"window": 1000, "binds": 1, "long_messages": "payload", "response_timeout_s": 0.5}
        async with linked(NotedTraffic(), port=port, **settings) as link:
            await until(lambda: link.state.is_ready)
            tasks = [asyncio.create_task(link.submit(sending("x" * 30_000))) for _ in range(1000)]
            await until(lambda: link.room == 0)
            await until(lambda: not link.state.is_ready)
            outcomes = {type(outcome).__name__ for outcome in await asyncio.gather(*tasks)}
            assert outcomes == {"Unacknowledged", "Postponed"}
            done.set()
        server.close()
        await server.wait_closed()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work())
