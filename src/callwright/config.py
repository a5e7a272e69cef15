"""Settings: the only reader of the environment (CALLWRIGHT_*)."""

import ipaddress
import os
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

EgressPolicy = Literal["public", "any"]


#: A text longer than that is none of the opt-out words, and not looked at closely.
_LONGEST_WORD = 200
_LOOPBACK_OF_ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - looked up, not bound to


def parse_host_port(text: str) -> tuple[str, int]:
    """`127.0.0.1:8080` or `[::1]:8080` as host and port; raises ValueError naming the form wanted."""
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not port.isdigit() or int(port) > 65535:
        raise ValueError(f"{text!r} is not HOST:PORT, for example 127.0.0.1:8080")
    return host, int(port)


def _host_port(text: str) -> str:
    parse_host_port(text)
    return text


def _port_range(text: str) -> str:
    low, dash, high = text.partition("-")
    if not (dash and low.isdigit() and high.isdigit() and 1024 <= int(low) < int(high) <= 65535):
        raise ValueError(f"{text!r} is not LOW-HIGH, for example 20000-29999")
    return text


def _web_address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{text!r} is not a web address, for example https://calls.example.com")
    return text


def _words(text: str) -> str:
    words = [word.strip().upper() for word in text.split(",")]
    return ",".join(word for word in words if word)


Words = Annotated[str, AfterValidator(_words)]
HostPort = Annotated[str, AfterValidator(_host_port)]
PortRange = Annotated[str, AfterValidator(_port_range)]
WebAddress = Annotated[str, AfterValidator(_web_address)]


class Settings(BaseSettings):
    """Every setting of a server, from CALLWRIGHT_* or the command line. Units are in the names."""

    model_config = SettingsConfigDict(env_prefix="CALLWRIGHT_", extra="ignore")

    #: Directory of the embedded database, credentials, lock and caches.
    data: Path = Path("data")
    #: Address the API listens on.
    http: HostPort = "127.0.0.1:8080"
    #: Address SIP listens on (UDP).
    sip: HostPort = "127.0.0.1:5060"
    #: RTP ports; kept below Linux's ephemeral range (32768-60999), which would collide with them.
    rtp_ports: PortRange = "20000-29999"
    #: Address put into SDP and Contact when it differs from the one listened on (NAT).
    public_host: str | None = None
    #: Base of links handed to web apps; derived from `http` when unset.
    public_url: WebAddress | None = None
    #: PostgreSQL's URL, postgresql://user:password@host/name; unset means SQLite inside `data`.
    database: str | None = None
    #: With the token: the first account of a fresh database. Without them both are made up.
    account_sid: str | None = Field(default=None, pattern="^AC[0-9a-f]{32}$")
    #: Token of the first account of a fresh database.
    auth_token: SecretStr | None = None
    #: Put a demo application, number and trunk into a fresh database.
    demo: bool = True
    #: Name of this server among several on one database; calls carry the name of the server that runs them.
    node: str = "local"
    #: Which addresses webhooks may reach. Unset: `any` while only loopback is listened on, else `public`.
    egress: EgressPolicy | None = None
    #: Check TLS certificates of web apps.
    verify_webhook_certificates: bool = True
    #: How many queued calls an account may start per second.
    calls_per_second: float = Field(default=1.0, gt=0)
    #: How many applications an account may have; one more is refused with error 21301.
    application_limit: int = Field(default=1000, ge=1)
    #: Let trunk calls show caller ids that are neither owned nor verified.
    allow_any_caller_id: bool = False
    #: Messages (segments) per second of one long code; short codes have a rate of their own.
    messages_per_second: float = Field(default=1.0, gt=0)
    #: Messages (segments) per second of one short code.
    short_code_messages_per_second: float = Field(default=100.0, gt=0)
    #: Longest queue of one sender, in seconds at its rate; one message more is refused with error 21611.
    message_queue_s: float = Field(default=14_400.0, gt=0)
    #: SendAt has to lie that far ahead.
    schedule_lead_s: float = Field(default=300.0, ge=0)
    #: Keep STOP, START and HELP: stopped pairs are refused with error 21610. Off: these words mean nothing.
    opt_out: bool = True
    #: Words that stop messages from a number, comma-separated, in any case.
    stop_words: Words = "STOP,STOPALL,UNSUBSCRIBE,CANCEL,END,QUIT,REVOKE,OPTOUT"
    #: Words that let it write again.
    start_words: Words = "START,YES,UNSTOP"
    #: Words that ask for help.
    help_words: Words = "HELP,INFO"
    #: What answers a stop word; empty: nothing does.
    stop_reply: str = "You will receive no more messages from this number. Reply START to receive them again."
    #: What answers a start word; empty: nothing does.
    start_reply: str = "You will receive messages from this number again. Reply STOP to stop them."
    #: What answers a help word; empty: nothing does.
    help_reply: str = "Reply STOP to receive no more messages from this number, START to receive them again."
    #: How long parts of a long incoming message wait for the missing ones, in seconds.
    message_part_timeout_s: float = Field(default=120.0, gt=0)
    #: Largest file of a message, in bytes.
    largest_media_bytes: int = Field(default=5_000_000, ge=1)
    #: How long links to media in webhooks stay valid, in seconds.
    media_url_lifetime_s: float = Field(default=14_400.0, gt=0)
    #: Seals carriers' passwords and signs media links. Unset: a key of its own in `data`, made at first start.
    secret_key: SecretStr | None = Field(default=None, min_length=16)
    #: How long webhook requests and answers are kept for inspection; 0: not at all.
    exchange_retention_days: int = Field(default=7, ge=0)
    #: How long errors and warnings of the debugger (notifications) are kept; 0: for ever.
    notification_retention_days: int = Field(default=30, ge=0)
    #: Lines of this level and above go to stderr.
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    #: How long a stopping server may take to end its calls, in seconds.
    shutdown_s: float = Field(default=8.0, gt=0)

    @model_validator(mode="after")
    def _seed_is_complete(self) -> Self:
        if (self.account_sid is None) != (self.auth_token is None):
            raise ValueError("CALLWRIGHT_ACCOUNT_SID and CALLWRIGHT_AUTH_TOKEN seed an account only together")
        return self

    @property
    def listens_on_loopback_only(self) -> bool:
        return all(_is_loopback(parse_host_port(text)[0]) for text in (self.http, self.sip))

    @property
    def egress_policy(self) -> EgressPolicy:
        return self.egress or ("any" if self.listens_on_loopback_only else "public")

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite:///{(self.data / 'callwright.sqlite').absolute()}"

    @property
    def base_url(self) -> str:
        """The API's address as other programs reach it, without a trailing slash."""
        host, port = self.own_http_address
        shown = f"[{host}]" if ":" in host else host
        return (self.public_url or f"http://{shown}:{port}").rstrip("/")

    def opt_out_type(self, body: str) -> str | None:
        """STOP, START or HELP when the text is one of those words alone, and opt-out is on.

        Case, width and what stands around the word (quotes, full stops, invisible characters) do not matter.
        """
        if not self.opt_out or len(body) > _LONGEST_WORD:
            return None
        kinds = _kinds_of_words(self.stop_words, self.start_words, self.help_words)
        return kinds.get(_capitals(body)) or kinds.get(_bare(body))

    @property
    def own_http_address(self) -> tuple[str, int]:
        """Where programs on this machine reach the HTTP side; listening on all addresses includes loopback."""
        host, port = parse_host_port(self.http)
        return _LOOPBACK_OF_ANY.get(host, host), port

    @property
    def rtp_port_range(self) -> tuple[int, int]:
        low, _, high = self.rtp_ports.partition("-")
        return int(low), int(high)


def read_environment(name: str) -> str | None:
    """A variable of the environment that a setting refers to (`env:NAME`)."""
    return os.environ.get(name)


@lru_cache(maxsize=8)
def _kinds_of_words(stop: str, start: str, help_: str) -> dict[str, str]:
    """What each word means, as it is written and bare; of a word that is in several lists the first counts."""
    kinds: dict[str, str] = {}
    for kind, words in (("STOP", stop), ("START", start), ("HELP", help_)):
        for word in filter(None, words.split(",")):
            kinds.setdefault(_capitals(word), kind)
            if bare := _bare(word):
                kinds.setdefault(bare, kind)
    return kinds


def _capitals(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().upper()


def _bare(text: str) -> str:
    """In capitals, from the first letter or digit to the last."""
    word = _capitals(text)
    start, end = 0, len(word)
    while start < end and not word[start].isalnum():
        start += 1
    while start < end and not word[end - 1].isalnum():
        end -= 1
    return word[start:end]


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
