"""Messages accepted per second: each is durable, with its place in the queue, when POST Messages answers."""

from collections.abc import Iterable

from bench import http_load, references
from bench.figure import Figure
from bench.messages import TO, add_carrier, buy_sender
from bench.stage import Stage

ORDER = 40
SECONDS = 6.0
_NOBODY_LISTENS = 9  # the discard port: the carrier stays unbound, so that nothing but accepting is measured


def measure(stage: Stage) -> Iterable[Figure]:
    add_carrier(stage, _NOBODY_LISTENS)
    sender = buy_sender(stage, 1)
    inserts = references.sqlite_inserts_per_second(stage.folder / "bare.sqlite")
    url = f"{stage.server.url}/2010-04-01/Accounts/{stage.server.account_sid}/Messages.json"
    form = {"From": sender, "To": TO, "Body": "The train at 12:05 leaves from platform 3 today."}
    load = http_load.Load(url, "POST", stage.server.credentials, form, SECONDS)
    yield Figure(
        "messages accepted, durable", http_load.per_second(load), "1/s", 300, 2000,
        reference=inserts, reference_name="bare durable SQLite inserts, one commit each",
    )  # fmt: skip
