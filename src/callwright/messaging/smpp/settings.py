"""Settings of SMPP carriers."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from callwright.messaging.carrier import CarrierSettings

Octet = Annotated[int, Field(ge=0, le=255)]
_LONGEST_PASSWORD = 64


def _c_octets(text: str) -> str:
    if not text.isascii() or not text.isprintable():
        raise ValueError("give printable ASCII characters only")
    return text


def _host(text: str) -> str:
    bare = text.strip().removeprefix("[").removesuffix("]")
    if not bare or any(char.isspace() or char in "/@" for char in bare):
        raise ValueError(f"{text[:80]!r} is no host name or address: give for example smpp.example.com, without port")
    return bare


def _password(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value()
    if len(text) > _LONGEST_PASSWORD:
        raise ValueError(f"a password of {len(text)} characters: {_LONGEST_PASSWORD} is the most, and SMPP says 8")
    _c_octets(text)
    return secret


Printable = Annotated[str, AfterValidator(_c_octets)]


class SmppSettings(CarrierSettings):
    """As the carrier's technical sheet names them; only the first three have to be given."""

    host: Annotated[str, AfterValidator(_host)] = Field(max_length=253, description="The SMSC's host name or address.")
    system_id: Printable = Field(min_length=1, max_length=15, description="Login name the carrier gave you.")
    password: Annotated[SecretStr, AfterValidator(_password)] = Field(
        description="Password of the system_id. SMPP says at most 8 characters; up to 64 are sent."
    )
    port: int = Field(default=2775, ge=1, le=65535, description="The SMSC's TCP port; with TLS often 3550.")
    system_type: Printable = Field(default="", max_length=12, description="system_type of the bind; mostly empty.")
    bind: Literal["transceiver", "transmitter_receiver"] = Field(
        default="transceiver", description="One connection both ways, or one for each direction."
    )
    binds: int = Field(default=1, ge=1, le=16, description="How many such binds are kept at once.")
    address_range: Printable = Field(
        default="", max_length=40, description="Numbers a receiver is bound for, if the carrier asks for them."
    )
    tls: bool = Field(default=False, description="Connect with TLS.")
    tls_verify: bool = Field(default=True, description="Check the SMSC's certificate and its name.")
    tls_ca_file: str | None = Field(
        default=None,
        min_length=1,
        max_length=1024,
        description="PEM file of the authorities to trust, instead of the system's; only main accounts may set it.",
        json_schema_extra={"names_server_file": True, "needs": "tls"},
    )
    tls_server_name: str | None = Field(
        default=None,
        min_length=1,
        max_length=253,
        description="Name in the certificate when it is not `host`.",
        json_schema_extra={"needs": "tls"},
    )

    window: int = Field(
        default=10, ge=1, le=1000, description="Most messages of one bind that wait for the carrier's answer."
    )
    enquire_link_s: float = Field(
        default=30.0, ge=1, le=3600, description="After that much silence, in seconds, the link is asked if it lives."
    )
    response_timeout_s: float = Field(
        default=30.0, ge=0.2, le=600, description="How long an answer of the carrier may take, in seconds."
    )
    connect_timeout_s: float = Field(
        default=10.0, ge=0.2, le=300, description="How long connecting (with TLS) may take, in seconds."
    )
    reconnect_s: float = Field(
        default=1.0,
        ge=0.5,
        le=3600,
        description="First pause before connecting again, in seconds; it doubles up to a minute, or is longer itself.",
    )

    default_charset: Literal["gsm7", "latin1"] = Field(
        default="gsm7", description="What the carrier takes text of the default data_coding for."
    )
    gsm7_data_coding: Octet = Field(default=0, description="data_coding of such text.")
    ucs2_data_coding: Octet = Field(default=8, description="data_coding of UCS-2.")
    long_messages: Literal["udh", "sar", "payload"] = Field(
        default="udh",
        description="How long texts go: user data headers, SAR parameters, or whole in message_payload.",
    )
    receipts: bool = Field(default=True, description="Ask for delivery receipts.")
    receipt_ids: Literal["as_is", "hex", "decimal"] = Field(
        default="as_is",
        description="How receipts write identifiers: as the answer to the submit did, or in hex, or in decimal.",
    )
    validity_period: bool = Field(
        default=True, description="Tell the carrier how long to try; off if it refuses relative validity periods."
    )
    service_type: Printable = Field(default="", max_length=5, description="service_type of messages; mostly empty.")
    keep_plus: bool = Field(default=False, description="Leave the + in front of international numbers.")
    source_ton: Octet | None = Field(default=None, description="Type of number of senders, instead of working it out.")
    source_npi: Octet | None = Field(default=None, description="Numbering plan of senders, instead of working it out.")
    dest_ton: Octet | None = Field(default=None, description="Type of number of recipients, instead of 1.")
    dest_npi: Octet | None = Field(default=None, description="Numbering plan of recipients, instead of 1.")
    short_code_ton: Octet = Field(default=3, description="Type of number of short codes (3: network specific).")
    short_code_npi: Octet = Field(default=0, description="Numbering plan of short codes.")

    @model_validator(mode="after")
    def _tls_settings_need_tls(self) -> Self:
        given = [name for name in ("tls_ca_file", "tls_server_name") if getattr(self, name) is not None]
        if given and not self.tls:
            raise ValueError(f"{given[0]} means nothing without tls: set tls to true")
        return self
