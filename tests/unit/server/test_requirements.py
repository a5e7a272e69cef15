"""What the server imports is what a newcomer installs."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[3]


def _normalized(name: str) -> str:
    """As package names are compared (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_every_dependency_is_pinned_in_what_is_installed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {_normalized(re.split(r"[\s<>=!~;\[]", one, maxsplit=1)[0]) for one in project["dependencies"]}
    pinned = re.findall(
        r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==", (ROOT / "requirements/run.txt").read_text(), re.MULTILINE
    )
    assert wanted - {_normalized(name) for name in pinned} == set()
