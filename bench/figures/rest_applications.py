"""REST creates and fetches of an Application per second, durable on SQLite."""

from collections.abc import Iterable

from bench import http_load, references
from bench.figure import Figure
from bench.stage import Stage

ORDER = 30
SECONDS = 6.0
FORM = {"FriendlyName": "bench", "VoiceUrl": "https://example.com/voice", "SmsUrl": "https://example.com/sms"}


def measure(stage: Stage) -> Iterable[Figure]:
    with references.bare_starlette() as url:
        bare = http_load.per_second(http_load.Load(f"{url}/", "GET", seconds=SECONDS))
    inserts = references.sqlite_inserts_per_second(stage.folder / "bare.sqlite")
    base = f"{stage.server.url}/2010-04-01/Accounts/{stage.server.account_sid}/Applications"
    fetch = http_load.Load(f"{base}/{stage.application_sid}.json", "GET", stage.server.credentials, seconds=SECONDS)
    create = http_load.Load(f"{base}.json", "POST", stage.server.credentials, FORM, SECONDS)
    yield Figure(
        "REST creates of an Application", http_load.per_second(create), "1/s", 600, 1500,
        reference=inserts, reference_name="bare durable SQLite inserts, one commit each",
    )  # fmt: skip
    yield Figure(
        "REST fetches of an Application", http_load.per_second(fetch), "1/s", 1500, 4000,
        reference=bare, reference_name="a bare Starlette answer",
    )  # fmt: skip
