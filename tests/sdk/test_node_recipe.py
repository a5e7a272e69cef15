"""The recipe for Node on the how-to page works as printed, with the official package."""

import asyncio
import json
import re
import shutil
from pathlib import Path

import pytest
from aiohttp import web
from tests.webhooks.web_app import web_app

PAGE = Path("docs/how-to/point-your-app-at-callwright.md")
MODULES = Path("tests/node/node_modules").absolute()
ACCOUNT_SID = "AC" + "1" * 32

PROGRAM = """
const twilio = require("twilio");
const { CallwrightClient } = require("./callwright");
const client = twilio(process.env.TWILIO_ACCOUNT_SID, process.env.TWILIO_AUTH_TOKEN, {
  httpClient: new CallwrightClient(),
});
(async () => {
  const created = await client.applications.create({ friendlyName: "Callertron" });
  const refused = await client.verify.v2.services.list().catch((error) => error.message);
  console.log(JSON.stringify({ sid: created.sid, refused }));
})();
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    recipe = re.search(r"```js\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert recipe is not None
    (tmp_path / "callwright.js").write_text(recipe[1])
    (tmp_path / "program.js").write_text(PROGRAM)
    return tmp_path / "program.js"


@pytest.mark.skipif(
    not (MODULES / "twilio").is_dir() or shutil.which("node") is None,
    reason="needs node and the official Node package (installed by `make test`)",
)
async def test_the_node_recipe_works_as_printed(program: Path) -> None:
    async with web_app() as server:

        async def create(request: web.Request) -> web.Response:
            return web.json_response({"sid": "AP1"}, status=201)

        server.answers[f"/2010-04-01/Accounts/{ACCOUNT_SID}/Applications.json"] = create
        process = await asyncio.create_subprocess_exec(
            "node",
            str(program),
            env={
                "PATH": "/usr/bin:/bin:/usr/local/bin",
                "NODE_PATH": str(MODULES),
                "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
                "TWILIO_AUTH_TOKEN": "token",
                "CALLWRIGHT_URL": server.url("/"),
            },
            stdout=asyncio.subprocess.PIPE,
        )
        output, _ = await process.communicate()
    assert json.loads(output) == {
        "sid": "AP1",
        "refused": "verify.twilio.com is not served by Callwright; nothing was sent",
    }
    assert server.asked[0].form == [("FriendlyName", "Callertron")]
    assert len(server.asked) == 1
