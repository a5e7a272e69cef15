"""A real PostgreSQL of the tests' own: made in a temporary folder, listening on a Unix socket alone."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg

_MISSING = "no PostgreSQL server programs found: install them (Debian, Ubuntu: apt-get install postgresql)"
_START_S = 30.0


class PostgresqlServer:
    """Started by `start`; `create_database` gives each test a database of its own."""

    def __init__(self) -> None:
        self._bin = _newest_bin()
        # Socket paths are at most 107 bytes long, which pytest's own folders may exceed.
        self._folder = Path(tempfile.mkdtemp(prefix="cw-pg-", dir="/tmp"))
        self._process: subprocess.Popen[bytes] | None = None
        self._databases = 0

    def start(self) -> None:
        """Make the cluster and start its server. PostgreSQL refuses to run as root: another user runs it then."""
        data = self._folder / "data"
        if os.getuid() == 0:
            shutil.chown(self._folder, _unprivileged_user())
        self._run("initdb", "-D", str(data), "-U", "callwright", "--auth=trust", "--no-sync", "-E", "UTF8")
        self.restart()

    def restart(self) -> None:
        """Start the server on the cluster that is there, ending the one that runs."""
        self._end()
        options = ("-c", "listen_addresses=", "-c", f"unix_socket_directories={self._folder}", "-c", "fsync=off")
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*_as_unprivileged(), str(self._bin / "postgres"), "-D", str(self._folder / "data"), *options],
                stdout=log,
                stderr=log,
            )
        self._wait_until_ready()

    def create_database(self) -> str:
        """The URL of a new, empty database."""
        self._databases += 1
        name = f"test_{self._databases}"
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return self._url(name)

    def drop_database(self, url: str) -> None:
        name = url.partition("callwright@/")[2].partition("?")[0]
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())

    def stop(self) -> None:
        self._end()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _end(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)  # fast shutdown: sessions are cut
            self._process.wait(timeout=_START_S)

    def _url(self, database: str) -> str:
        return f"postgresql://callwright@/{database}?host={self._folder}"

    def _run(self, program: str, *arguments: str) -> None:
        command = [*_as_unprivileged(), str(self._bin / program), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, cwd=self._folder)
        assert done.returncode == 0, done.stderr

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _START_S
        while time.monotonic() < deadline:
            try:
                psycopg.connect(self._url("postgres")).close()
                return
            except psycopg.OperationalError:
                assert self._process is not None
                assert self._process.poll() is None, (self._folder / "log").read_text()
                time.sleep(0.05)
        raise AssertionError(f"PostgreSQL was not ready within {_START_S} s: {(self._folder / 'log').read_text()}")


def _newest_bin() -> Path:
    """Debian keeps each version in a folder of its own; elsewhere the programs are on the PATH."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    if versions:
        return versions[-1]
    on_path = shutil.which("initdb")
    if on_path is None:
        raise AssertionError(_MISSING)
    return Path(on_path).parent


def _unprivileged_user() -> str:
    import pwd

    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _as_unprivileged() -> list[str]:
    if os.getuid() != 0:
        return []
    setpriv = shutil.which("setpriv")
    assert setpriv, "PostgreSQL does not run as root: install setpriv (Debian, Ubuntu: apt-get install util-linux)"
    user = _unprivileged_user()
    return [setpriv, f"--reuid={user}", f"--regid={_group_of(user)}", "--clear-groups"]


def _group_of(user: str) -> str:
    import grp
    import pwd

    return grp.getgrgid(pwd.getpwnam(user).pw_gid).gr_name
