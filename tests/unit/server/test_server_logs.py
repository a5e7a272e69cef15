"""One form of log lines, whichever logger wrote them."""

import json
import subprocess
import sys

PROGRAM = """
import logging, structlog
from callwright.server.logs import configure_logs

configure_logs("info")
structlog.get_logger().info("ours", call_sid="CA1")
logging.getLogger("library").warning("theirs %d", 7)
try:
    token = "secret"
    raise ValueError("broken")
except ValueError:
    logging.getLogger("library").exception("failed")
"""


def test_lines_of_the_standard_library_are_json_with_a_time_as_well() -> None:
    ran = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=True)
    ours, theirs, failed = (json.loads(line) for line in ran.stderr.splitlines())
    assert (ours["event"], ours["level"], ours["call_sid"]) == ("ours", "info", "CA1")
    assert (theirs["event"], theirs["level"], theirs["logger"]) == ("theirs 7", "warning", "library")
    assert failed["exception"][0]["exc_value"] == "broken"
    assert all("timestamp" in line for line in (ours, theirs, failed))
    assert "secret" not in json.dumps(failed["exception"])
