"""Why a receiver finds a signature wrong: of an exchange, or of a request that somebody pasted."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal
from urllib.parse import parse_qsl

from callwright.model.errors import ApiError, InvalidParameter
from callwright.model.exchange import Exchange
from callwright.model.resources.account import Account
from callwright.model.signature import signed_text
from callwright.model.signature_differences import Finding, differences, other_key, wrong_key
from callwright.model.signature_doctor import Key, Reading, digest_of, find_reading, signature_of, typical_readings
from callwright.model.signature_variants import Hints, Pairs
from callwright.usecases.ports import Condition, UnitOfWork
from callwright.usecases.reserve_request import reserve_request
from callwright.usecases.show_exchange import configured_url, own_exchange, signed_parameters
from callwright.usecases.show_exchange import signature_of as signature_sent

Verdict = Literal["valid", "explained", "unexplained"]
Parameters = Mapping[str, str | list[str]]

MOST_PARAMETERS = 300
_MOST_ACCOUNTS = 20
_NAME = "diagnoses"
_MOST_AT_ONCE, _EVERY_S = 10, 1.0
_MOST_EXCHANGES = 200


class NotSigned(ApiError):
    """Requests to carriers are not signed: there is nothing to diagnose."""

    code = 20409
    status = 409


class TooManyDiagnoses(ApiError):
    """Too many signatures to diagnose: 10 at once and 60 a minute are allowed for an account. Wait, then try again."""

    code = 20429
    status = 429


@dataclass(frozen=True)
class Evidence:
    """What is known of the receiver: the signature it computed, and URL and form (or raw body) as it sees them.

    `hosts` are what it gets as Host and X-Forwarded-Host.
    """

    computed_signature: str | None = None
    received_url: str | None = None
    received_parameters: Parameters | None = None
    received_body: str | None = None
    hosts: tuple[str, ...] = ()

    def pairs(self) -> Pairs | None:
        """The parameters in order; None when nothing is known of them. Raises InvalidParameter for too many."""
        if self.received_parameters is not None:
            return _pairs(self.received_parameters)
        if self.received_body is not None:
            if self.received_body.count("&") >= MOST_PARAMETERS:  # the search would take many seconds
                raise InvalidParameter(f"The body has too many parameters: give at most {MOST_PARAMETERS}.")
            return tuple(parse_qsl(self.received_body, keep_blank_values=True, errors="replace"))
        return None


@dataclass(frozen=True)
class PastedRequest:
    """A request as its receiver sees it; `signature` is the header X-Twilio-Signature."""

    url: str
    method: str
    signature: str
    evidence: Evidence
    request_id: str | None = None


@dataclass(frozen=True)
class Diagnosis:
    """`valid`: the signature is right for `sent`. `explained`: `findings` say what the receiver does differently.

    `signature` is the right one for URL and parameters of `sent`, `received` what the receiver signs, as far as it is
    known. `instead` are the signatures of typical mistakes with their findings, where nothing is known of the receiver.
    `tried` is how many readings were compared.
    """

    verdict: Verdict
    summary: str
    findings: list[Finding] = field(default_factory=list)
    sent: Reading | None = None
    received: Reading | None = None
    signature: str | None = None
    instead: list[tuple[str, Finding]] = field(default_factory=list)
    tried: int = 0
    exchange_sid: str | None = None

    @property
    def signed_text(self) -> str | None:
        """What is to be signed."""
        if self.sent is None:
            return None
        values: dict[str, list[str]] = {}
        for name, value in self.sent.pairs:
            values.setdefault(name, []).append(value)
        return signed_text(self.sent.url, values)


@dataclass(frozen=True)
class Case:
    """What a diagnosis works on; `signature` is the one that was sent.

    `sent` is None where the request is not known to this server, or not wholly.
    """

    keys: tuple[Key, ...]
    signature: str
    evidence: Evidence
    sent: Reading | None
    received: Reading | None
    hints: Hints = field(default_factory=Hints)
    exchange_sid: str | None = None


def case_of_exchange(unit: UnitOfWork, account: Account, principal_sid: str, sid: str, evidence: Evidence) -> Case:
    """Raises NotFound, NotSigned, TooManyDiagnoses, and InvalidParameter for a signature that is none.

    `principal_sid` is the account that asks: only its own token and those of its subaccounts are tried.
    """
    exchange = own_exchange(unit, account, sid)
    _reserve(unit, account)
    return _of_exchange(unit, exchange, _keys(unit, account, principal_sid), evidence)


def case_of_pasted(unit: UnitOfWork, account: Account, principal_sid: str, pasted: PastedRequest) -> Case:
    """As `case_of_exchange`; the exchange is looked for by the request id and the CallSid or MessageSid."""
    _reserve(unit, account)
    keys = _keys(unit, account, principal_sid)
    digest = _checked_digest(pasted.signature)
    pairs = (pasted.evidence.pairs() or ()) if pasted.method == "POST" else ()
    received = Reading(pasted.url, pairs)
    known = _known_exchange(unit, account, pasted, dict(pairs), digest)
    if known is not None:
        evidence = replace(pasted.evidence, received_url=pasted.url)
        return replace(_of_exchange(unit, known, keys, evidence), received=received)
    return Case(keys, pasted.signature, pasted.evidence, None, received, Hints(pasted.evidence.hosts))


def _reserve(unit: UnitOfWork, account: Account) -> None:
    if not reserve_request(unit, account.sid, _NAME, every_s=_EVERY_S, most_at_once=_MOST_AT_ONCE):
        raise TooManyDiagnoses()


def _of_exchange(unit: UnitOfWork, exchange: Exchange, keys: tuple[Key, ...], evidence: Evidence) -> Case:
    signature = signature_sent(exchange)
    if signature is None:
        raise NotSigned()
    parameters = {name: str(value) for name, value in signed_parameters(exchange).items()}
    sent = Reading(exchange.url, tuple(parameters.items()))
    pairs = evidence.pairs()
    received = None
    if evidence.received_url is not None or pairs is not None:
        received = Reading(evidence.received_url or sent.url, sent.pairs if pairs is None else pairs)
    hints = Hints(evidence.hosts, configured_url(unit, exchange))
    return Case(keys, signature, evidence, None if exchange.is_cut else sent, received, hints, exchange.sid)


def _keys(unit: UnitOfWork, account: Account, principal_sid: str) -> tuple[Key, ...]:
    """The account's own first; then those that the caller may know anyway, and what is taken for a token."""
    of_family = [Condition("owner_account_sid", principal_sid)]
    family = [unit.get(Account, principal_sid), *unit.select(Account, of_family, limit=_MOST_ACCOUNTS)]
    others = {one.sid: one for one in family if one is not None and one.sid != account.sid}
    token = account.auth_token
    return (
        Key(f"the AuthToken of {account.sid}", token),
        *(Key(f"the AuthToken of account {one.sid}", one.auth_token) for one in others.values()),
        Key("no token at all", ""),
        Key("the AccountSid as token", account.sid),
        Key("the AuthToken with a line end", f"{token}\n"),
        Key("the AuthToken with a space", f"{token} "),
        Key("the AuthToken in quotes", f'"{token}"'),
    )


def _known_exchange(
    unit: UnitOfWork, account: Account, pasted: PastedRequest, parameters: Mapping[str, str], digest: bytes
) -> Exchange | None:
    """The exchange of that signature, if it was kept."""
    places = {
        "request_id": pasted.request_id,
        "call_sid": parameters.get("CallSid"),
        "message_sid": parameters.get("MessageSid"),
    }
    for name, value in places.items():
        if value:
            conditions = [Condition(name, value), Condition("account_sid", account.sid)]
            for exchange in unit.select(Exchange, conditions, limit=_MOST_EXCHANGES):
                if digest_of(signature_sent(exchange) or "") == digest:
                    return exchange
    return None


def _checked_digest(signature: str, name: str = "signature") -> bytes:
    digest = digest_of(signature)
    if digest is None:
        raise InvalidParameter(f"{name} is no signature: give 28 characters of base64, as X-Twilio-Signature has them.")
    return digest


def _pairs(parameters: Parameters) -> Pairs:
    several = {name: value if isinstance(value, list) else [value] for name, value in parameters.items()}
    return tuple((name, value) for name, values in several.items() for value in values)


def diagnose(case: Case) -> Diagnosis:
    """The diagnosis: some tenths of a second of work at most, to be done in a thread."""
    computed = case.evidence.computed_signature
    if computed is not None:
        _checked_digest(computed, "computed_signature")
    if case.sent is None:
        return _of_unknown(case)
    right = signature_of(case.keys[0], case.sent)
    result = Diagnosis("valid", "", sent=case.sent, signature=right, exchange_sid=case.exchange_sid)
    if digest_of(right) != digest_of(case.signature):
        return _signed_otherwise(case, result)
    if case.received is not None:
        return _received_otherwise(case, result, case.sent, case.received)
    if computed is not None:
        return _computed_otherwise(case, result, case.sent)
    instead = _typical_mistakes(case, case.sent)
    return replace(result, summary=f"The signature that was sent is right. {_TELL_MORE}", instead=instead)


def _signed_otherwise(case: Case, result: Diagnosis) -> Diagnosis:
    assert result.sent is not None  # noqa: S101 - the caller has looked
    search = find_reading(_checked_digest(case.signature), result.sent, case.keys, case.hints)
    whose = search.reading.whose if search.reading else "another token than any that is known here"
    finding = Finding(
        "token-changed",
        f"The request was signed with {whose}: the account's AuthToken has been changed since, or it was restored.",
        "Give your app the AuthToken of now, and try again with a new request: replay this one.",
    )
    return replace(result, verdict="explained", summary=finding.what, findings=[finding], tried=search.tried)


def _received_otherwise(case: Case, result: Diagnosis, sent: Reading, received: Reading) -> Diagnosis:
    """URL and parameters as the receiver sees them are known."""
    findings = differences(sent, received)
    tried = 0
    if case.evidence.computed_signature is not None:
        digest = _checked_digest(case.evidence.computed_signature)
        search = find_reading(digest, received, case.keys, case.hints)
        tried, reading = search.tried, search.reading
        if reading is None and findings:
            reading = find_reading(digest, sent, case.keys, case.hints).reading
        if reading is not None:
            received = reading
            findings = _findings(case, sent, reading)
    if not findings:
        if case.evidence.computed_signature is not None:
            return _computed_otherwise(case, result, sent)
        return replace(result, received=received, summary=_SAME)
    return replace(
        result, verdict="explained", summary=_summary(findings), findings=findings, received=received, tried=tried
    )


def _computed_otherwise(case: Case, result: Diagnosis, sent: Reading) -> Diagnosis:
    """Only the signature that the receiver computed is known."""
    digest = _checked_digest(case.evidence.computed_signature or "", "computed_signature")
    if digest == digest_of(result.signature or ""):
        return replace(result, received=sent, summary=_RIGHT)
    search = find_reading(digest, sent, case.keys, case.hints)
    if search.reading is None:
        summary = f"None of {search.tried} readings of this request gives the signature your app computed. {_TELL_MORE}"
        return replace(result, verdict="unexplained", summary=summary, tried=search.tried)
    findings = _findings(case, sent, search.reading)
    return replace(
        result,
        verdict="explained",
        summary=_summary(findings),
        findings=findings,
        received=search.reading,
        tried=search.tried,
    )


def _findings(case: Case, sent: Reading, reading: Reading) -> list[Finding]:
    """What is different in the reading, its token among it."""
    findings = differences(sent, reading)
    if reading.whose != case.keys[0].whose:
        findings.append(wrong_key(reading.whose))
    return findings


def _of_unknown(case: Case) -> Diagnosis:
    """Nothing is known of the request but what the receiver shows: what was sent is looked for near that."""
    received = case.received
    if received is None:
        return Diagnosis("unexplained", f"Parts of this request are not kept. {_PASTE}", exchange_sid=case.exchange_sid)
    search = find_reading(_checked_digest(case.signature), received, case.keys, case.hints)
    result = Diagnosis("unexplained", "", received=received, tried=search.tried, exchange_sid=case.exchange_sid)
    sent = search.reading
    if sent is None:
        return replace(result, summary=f"None of {search.tried} readings of this request gives its signature. {_LOOK}")
    result = replace(result, sent=sent, signature=case.signature)
    findings = differences(sent, received)
    if sent.whose != case.keys[0].whose:
        findings.append(other_key(sent.whose))
    if findings:
        return replace(result, verdict="explained", summary=_summary(findings), findings=findings)
    if case.evidence.computed_signature is not None:
        return _computed_otherwise(case, replace(result, verdict="valid"), sent)
    return replace(result, verdict="valid", summary=_SAME)


def _typical_mistakes(case: Case, sent: Reading) -> list[tuple[str, Finding]]:
    """What a receiver computes that makes one of the usual mistakes, with what is wrong then."""
    key = case.keys[0]
    found: dict[str, Finding] = {}
    for reading in typical_readings(sent):
        findings = differences(sent, reading)
        if len(findings) == 1:
            found.setdefault(signature_of(key, reading), findings[0])
    return list(found.items())


def _summary(findings: list[Finding]) -> str:
    return " ".join(finding.what for finding in findings)


_TELL_MORE = "If your app refuses it, give the signature that it computes, or URL and parameters as it sees them."
_PASTE = "Give the URL and the parameters as your app sees them."
_LOOK = (
    "Is it a request of this account, and are URL and parameters those your app sees? If it is among the exchanges, "
    "ask about that."
)
_SAME = (
    "URL and parameters as your app sees them give the right signature: it uses another token, or hands something else "
    "to the validator. Give the signature that it computes to find out."
)
_RIGHT = "Your app computes the right signature: look at how it compares it with the header X-Twilio-Signature."
