"""A server that was told to stop stops, also while a thread of it hangs in the file system."""

import contextlib
import os
import threading
import time
from pathlib import Path

import httpx
from tests.running.server import RunningServer
from tests.running.waiting import eventually
from tests.running.web_app import Reply, WebApp

SHUTDOWN_S = 2.0
#: The limits of a stop, and what a busy machine adds.
MOST_S = SHUTDOWN_S + 4.0 + 2.0 + 4.0


def test_a_thread_that_hangs_does_not_keep_the_server(tmp_path: Path, web_app: WebApp) -> None:
    server = RunningServer(tmp_path / "data", environment={"CALLWRIGHT_SHUTDOWN_S": str(SHUTDOWN_S)}).start()
    try:
        with contextlib.ExitStack() as stack:
            stack.callback(os.close, _make_a_thread_hang(server, web_app))
            started_s = time.monotonic()
            assert server.stop() == 0
            assert time.monotonic() - started_s < MOST_S
        assert "the stop did not come to an end in time" in server.log
    finally:
        server.close()


def _make_a_thread_hang(server: RunningServer, web_app: WebApp) -> int:
    """A thread reads a pipe that nobody writes to; the descriptor that keeps it open."""
    url = web_app.answer("/a.png", Reply(b"\x89PNG\r\n\x1a\n", "image/png"))
    form = {"From": "+15555550101", "To": "+15555550100", "Body": "x", "MediaUrl": url}
    message = f"/Messages/{server.rest('POST', '/Messages', **form)['sid']}"
    eventually(lambda: server.rest("GET", message)["status"], lambda status: status == "delivered")
    (media,) = server.rest("GET", f"{message}/Media")["media_list"]
    file = server.data / "media" / media["sid"][-2:] / media["sid"]
    file.unlink()
    os.mkfifo(file)
    threading.Thread(target=_download, args=(server, f"{message}/Media/{media['sid']}"), daemon=True).start()
    return eventually(lambda: _writing_end(file), lambda descriptor: descriptor != -1)


def _download(server: RunningServer, path: str) -> None:
    with contextlib.suppress(httpx.HTTPError):  # the server goes away
        url = f"{server.url}/2010-04-01/Accounts/{server.account_sid}{path}"
        httpx.get(url, auth=server.credentials, timeout=30)


def _writing_end(pipe: Path) -> int:
    """-1 until somebody reads it."""
    try:
        return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
    except OSError:
        return -1
