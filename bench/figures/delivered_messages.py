"""Messages delivered per second, end to end: POST, SMPP submit, receipt, and both status callbacks of each."""

import asyncio
import time
from collections.abc import Iterable

from bench import processes, smpp_loop
from bench.figure import Figure
from bench.messages import WINDOW, add_carrier, bare_smsc, buy_sender, send_all, wait_for_callbacks
from bench.stage import Stage

ORDER = 41
MESSAGES = 3000
SENDERS = 10


def measure(stage: Stage) -> Iterable[Figure]:
    senders = [buy_sender(stage, index) for index in range(SENDERS)]
    with bare_smsc() as port:
        raw = smpp_loop.per_second(port, 3.0, WINDOW)
        add_carrier(stage, port)
        began_s, began_cpu_s = time.monotonic(), processes.cpu_s(stage.server_pid)
        asyncio.run(send_all(stage, senders, MESSAGES))
        accepted_s = time.monotonic() - began_s
        arrivals_ns = wait_for_callbacks(stage, "delivered", MESSAGES)
        whole_s = max(arrivals_ns) / 1e9 - began_s
        cpu_ms = (processes.cpu_s(stage.server_pid) - began_cpu_s) * 1000 / MESSAGES
    note = f"accepted within {accepted_s:.1f} s, all told within {whole_s:.1f} s; {cpu_ms:.2f} ms of CPU each"
    yield Figure(
        "messages delivered, with receipts and callbacks", MESSAGES / whole_s, "1/s", 200, 1300,
        reference=raw, reference_name="a raw SMPP loop: submits with receipts, nothing stored", note=note,
    )  # fmt: skip
