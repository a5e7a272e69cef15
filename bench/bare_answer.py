"""Reference: `python -m bench.bare_answer PORT`, a constant 700-byte JSON answer."""

import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

BODY = b'{"a": "' + b"x" * 690 + b'"}'


async def answer(_: Request) -> Response:
    return Response(BODY, media_type="application/json")


if __name__ == "__main__":
    app = Starlette(routes=[Route("/", answer)])
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), http="httptools", loop="uvloop", log_level="error")
