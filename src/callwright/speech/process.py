"""The speech process: speaks and decodes into the clip cache, for the client that started it.

One thread. Each request is a generator of pieces, and the requests take turns piece by piece, so that a
short prompt does not wait behind a long file. It ends when its socket closes.
"""

import argparse
import logging
import os
import select
import signal
import socket
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from callwright.speech.audio_decoder import DecodingFailed, decode_audio
from callwright.speech.clip_store import ClipStore
from callwright.speech.engine import EngineVoice, Samples
from callwright.speech.messages import MessageReader, pack
from callwright.speech.synthesis import synthesize

_log = logging.getLogger("callwright.speech")

_RECEIVE_BYTES = 1 << 20
#: Work a request may cost; a compressed file can unpack to hours.
_LONGEST_WORK_S = 60.0
#: One step takes half a second at most. An engine that does not return holds the interpreter, so that only
#: a signal ends it: the process dies by it, and the client starts another.
_HUNG_STEP_S = 15.0
_EVICT_EVERY_CLIPS = 50


@dataclass
class Work:
    """A request being worked on."""

    request_id: int
    key: str
    pieces: Iterator[Samples]
    made: list[Samples] = field(default_factory=list)
    spent_s: float = 0.0


def begin(request: dict[str, Any]) -> Work:
    """The work a request asks for; none of it is done yet."""
    if "speak" in request:
        ssml, engine, name, language, pitch = request["speak"]
        pieces = synthesize(ssml, EngineVoice(engine, name, language), pitch)
    else:
        pieces = decode_audio(request["audio"], request["content_type"])
    return Work(request["id"], request["key"], pieces)


class Workshop:
    """Works on all requests in turn and sends the answers."""

    def __init__(self, connection: socket.socket, store: ClipStore) -> None:
        self._connection = connection
        self._store = store
        self._reader = MessageReader()
        self._works: deque[Work] = deque()
        self._clips_until_eviction = 0

    def run(self) -> None:
        """Until the client is gone."""
        self._send({"ready": os.getpid()})
        while self._receive():
            if self._works:
                self._step(self._works.popleft())

    def _receive(self) -> bool:
        """Take in new requests, waiting for one only when there is no work; False when the client is gone."""
        wait_s = 0 if self._works else None
        while select.select([self._connection], [], [], wait_s)[0]:
            data = self._connection.recv(_RECEIVE_BYTES)
            if not data:
                return False
            self._works.extend(begin(request) for request in self._reader.feed(data))
            wait_s = 0 if self._works else None
        return True

    def _step(self, work: Work) -> None:
        self._send({"id": work.request_id, "started": True})
        signal.setitimer(signal.ITIMER_REAL, _HUNG_STEP_S)
        try:
            self._advance(work)
        except DecodingFailed as failure:
            self._send({"id": work.request_id, "failed": str(failure)})
        except OSError as error:
            _log.error("cannot store clip %s: %s", work.key, error)
            self._send({"id": work.request_id, "failed": f"the clip cache cannot be written: {error.strerror}"})
        except Exception as error:  # one bad request must not end those of other calls
            _log.exception("clip %s failed", work.key)
            self._send({"id": work.request_id, "failed": f"{type(error).__name__} while preparing it"})
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)

    def _advance(self, work: Work) -> None:
        began = time.monotonic()
        piece = next(work.pieces, None)
        work.spent_s += time.monotonic() - began
        if piece is None:
            self._finish(work)
        elif work.spent_s > _LONGEST_WORK_S:
            raise DecodingFailed(f"preparing it takes more than {_LONGEST_WORK_S:.0f} s")
        else:
            work.made.append(piece)
            self._works.append(work)

    def _finish(self, work: Work) -> None:
        samples = np.concatenate(work.made) if work.made else np.zeros(0, np.int16)
        clip = self._store.save(work.key, samples)
        self._send({"id": work.request_id, "done": [clip.path, clip.duration_ms]})
        self._clips_until_eviction -= 1
        if self._clips_until_eviction < 0:
            self._clips_until_eviction = _EVICT_EVERY_CLIPS
            self._store.evict()

    def _send(self, message: dict[str, Any]) -> None:
        self._connection.sendall(pack(message))


def main() -> None:
    arguments = argparse.ArgumentParser(description="speech process of callwright; started by its server")
    arguments.add_argument("--socket", type=int, required=True, help="descriptor of the connection to the client")
    arguments.add_argument("--cache", type=Path, required=True, help="directory of the clips")
    given = arguments.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    # Ctrl-C reaches every process of the terminal, and service managers send SIGTERM to all of a service:
    # the server says goodbye to its calls first, then closes the socket.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.nice(5)  # a prompt may take longer; a packet may not
    with socket.socket(fileno=given.socket) as connection:
        try:
            Workshop(connection, ClipStore(given.cache)).run()
        except (BrokenPipeError, ConnectionResetError):
            _log.info("the server is gone")


if __name__ == "__main__":
    main()
