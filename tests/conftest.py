"""Fixtures for tests against the started server. Each level of test has more of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from tests.running.server import RunningServer
from tests.running.web_app import WebApp

# No test depends on a time: on a busy machine, or a fresh one, whose tables of characters are made first, it fails.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server that many tests share; each uses numbers and applications of its own."""
    running = RunningServer(tmp_path_factory.mktemp("server") / "data").start()
    yield running
    running.close()


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[RunningServer]:
    """A server for one test that stops, kills or fills it; not started yet."""
    running = RunningServer(tmp_path / "data")
    yield running
    running.close()


@pytest.fixture(scope="session")
def web_app() -> Iterator[WebApp]:
    """A web app that tests tell what to answer; each test uses paths of its own."""
    app = WebApp()
    yield app
    app.close()
