"""Cookies and credentials remembered between the requests of one call, or one pair of message numbers."""

from collections import OrderedDict
from collections.abc import Callable, Sequence

from aiohttp import CookieJar
from yarl import URL

from callwright.webhooks.credentials import Credentials
from callwright.webhooks.target import Target

#: A conversation by message ends after four hours of silence (reference, webhooks); calls end by `forget`.
_IDLE_S = 4 * 3600.0
_MOST_SESSIONS = 50_000
_MOST_COOKIES = 100


class WebSession:
    """Cookies by the browser's rules, credentials by origin."""

    def __init__(self, make_nonce: Callable[[], str]) -> None:
        self._make_nonce = make_nonce
        self._jar: CookieJar | None = None
        self._credentials: dict[tuple[str, str, int], Credentials] = {}

    def keep_cookies(self, target: Target, set_cookies: Sequence[str]) -> None:
        if not set_cookies:
            return
        if self._jar is None:
            self._jar = CookieJar(unsafe=True)  # web apps at a bare address have cookies too
        if len(self._jar) < _MOST_COOKIES:
            self._jar.update_cookies_from_headers(set_cookies[:_MOST_COOKIES], URL(target.url, encoded=True))

    def cookie_header(self, target: Target) -> str | None:
        if self._jar is None:
            return None
        cookies = self._jar.filter_cookies(URL(target.url, encoded=True))
        return "; ".join(f"{name}={cookie.coded_value}" for name, cookie in cookies.items()) or None

    def credentials_for(self, target: Target) -> Credentials | None:
        """Those in the URL, remembered for its origin; else those remembered. Never another origin's."""
        known = self._credentials.get(target.origin)
        if target.username is None:
            return known
        if known is None or (known.username, known.password) != (target.username, target.password):
            known = Credentials(target.username, target.password, self._make_nonce)
            self._credentials[target.origin] = known
        return known


class Sessions:
    """Sessions by key; the longest unused are dropped when there are too many."""

    def __init__(self, make_nonce: Callable[[], str], monotonic_s: Callable[[], float]) -> None:
        self._make_nonce = make_nonce
        self._monotonic_s = monotonic_s
        self._sessions: OrderedDict[str, tuple[WebSession, float]] = OrderedDict()

    def get(self, key: str | None) -> WebSession:
        """The session of that key, made when new; a throw-away one for None."""
        if key is None:
            return WebSession(self._make_nonce)
        now_s = self._monotonic_s()
        self._drop_idle(now_s)
        session, _ = self._sessions.pop(key, (None, 0.0))
        session = session or WebSession(self._make_nonce)
        self._sessions[key] = (session, now_s)
        return session

    def forget(self, key: str) -> None:
        self._sessions.pop(key, None)

    def _drop_idle(self, now_s: float) -> None:
        while self._sessions:
            key, (_, used_s) = next(iter(self._sessions.items()))
            if len(self._sessions) < _MOST_SESSIONS and now_s - used_s < _IDLE_S:
                return
            del self._sessions[key]
