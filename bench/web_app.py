"""The web app that bench calls ask: `python -m bench.web_app PORT TONE_WAV`. Answers at once, counts requests.

/hangup hangs up, /play plays the tone for ever, /v/N hangs up too (N tells which edit of an application is used),
/tone.wav is the tone, /status counts callbacks
of messages as /status/delivered and so on, /seen answers [[path, To, arrival in ns], …] and forgets it.
"""

import sys
import time
from pathlib import Path

from aiohttp import web

HANG_UP = "<Response><Hangup/></Response>"


class Bench:
    def __init__(self, port: int, tone: bytes) -> None:
        self._tone = tone
        self._play = f"<Response><Play loop='0'>http://127.0.0.1:{port}/tone.wav</Play></Response>"
        self._seen: list[tuple[str, str, int]] = []

    async def voice(self, request: web.Request) -> web.Response:
        arrived_ns = time.monotonic_ns()
        form = await request.post()
        status = form.get("MessageStatus")
        path = f"{request.path}/{status}" if isinstance(status, str) else request.path
        self._seen.append((path, str(form.get("To", "")), arrived_ns))
        body = self._play if request.path == "/play" else HANG_UP
        return web.Response(text=body, content_type="text/xml")

    async def tone(self, _: web.Request) -> web.Response:
        return web.Response(body=self._tone, content_type="audio/wav", headers={"Cache-Control": "max-age=3600"})

    async def seen(self, _: web.Request) -> web.Response:
        seen, self._seen = self._seen, []
        return web.json_response(seen)


def main(port: int, tone_path: str) -> None:
    bench = Bench(port, Path(tone_path).read_bytes())
    app = web.Application()
    app.router.add_get("/seen", bench.seen)
    app.router.add_get("/tone.wav", bench.tone)
    app.router.add_post("/{path:.*}", bench.voice)
    web.run_app(app, host="127.0.0.1", port=port, access_log=None, print=None)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
