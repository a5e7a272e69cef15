"""Certificates: what is refused, with which code, and what an override or setting lets through."""

import ssl
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.webhooks.web_app import web_app, web_request

from callwright.usecases.web_ports import WebhookFailure
from callwright.webhooks.client import WebhookClient


def openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


def certificate(directory: Path, name: str, *, not_after: str = "20400101000000Z") -> ssl.SSLContext:
    """A self-signed certificate for that DNS name, made for the test."""
    key, cert = directory / f"{name}.key", directory / f"{name}.pem"
    openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", str(key))
    config = directory / f"{name}.cnf"
    config.write_text(
        "[req]\ndistinguished_name=dn\nx509_extensions=ext\nprompt=no\n"
        f"[dn]\nCN={name}\n[ext]\nsubjectAltName=DNS:{name}\nbasicConstraints=CA:TRUE\n"
        f"[ca]\ndefault_ca=own\n[own]\ndatabase={directory / 'index'}\nserial={directory / 'serial'}\n"
        f"new_certs_dir={directory}\ndefault_md=sha256\npolicy=any\nx509_extensions=ext\n[any]\ncommonName=supplied\n"
    )
    (directory / "index").write_text("")
    (directory / "serial").write_text("01")
    request = directory / f"{name}.csr"
    openssl("req", "-new", "-key", str(key), "-config", str(config), "-out", str(request))
    dates = ("-startdate", "20200101000000Z", "-enddate", not_after)
    openssl(*("ca", "-batch", "-selfsign", "-config", str(config), "-keyfile", str(key), "-in", str(request)),
            *("-out", str(cert), "-notext", *dates))  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return context


async def ask(context: ssl.SSLContext, host: str, fragment: str = "", *, verify: bool = True) -> int:
    client = WebhookClient(egress_policy="any", verify_certificates=verify, record_exchange=lambda _: None)
    await client.start()
    try:
        async with web_app(context, "https") as app:
            app.answer("/")
            return (await client.request(web_request(app.url("/", host=host) + fragment))).status
    finally:
        await client.close()


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Path]:
    """Certificates made here count as the system's own."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "localhost.pem"))
    return tmp_path  # type: ignore[return-value]  # no fixture of its own to end


async def code_of(context: ssl.SSLContext, host: str, fragment: str = "") -> int:
    with pytest.raises(WebhookFailure) as caught:
        await ask(context, host, fragment)
    assert host in caught.value.message
    return caught.value.code


async def test_a_trusted_certificate_for_the_name_is_accepted(trusted: Path) -> None:
    assert await ask(certificate(trusted, "localhost"), "localhost") == 200


async def test_a_self_signed_certificate_is_refused_unless_validation_is_off(tmp_path: Path) -> None:
    context = certificate(tmp_path, "localhost")
    assert await code_of(context, "localhost") == 11237
    assert await ask(context, "localhost", verify=False) == 200


async def test_a_certificate_for_another_name_is_refused(trusted: Path) -> None:
    assert await code_of(certificate(trusted, "localhost"), "127.0.0.1") == 11235


async def test_an_expired_certificate_is_refused(trusted: Path) -> None:
    assert await code_of(certificate(trusted, "localhost", not_after="20210101000000Z"), "localhost") == 11236


async def test_sni_can_be_left_out(trusted: Path) -> None:
    context = certificate(trusted, "localhost")
    names: list[str | None] = []
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    await ask(context, "localhost")
    await ask(context, "localhost", "#sni=n")
    assert names == ["localhost", None]


async def test_a_plain_server_behind_https_is_a_failed_handshake() -> None:
    client = WebhookClient(egress_policy="any", verify_certificates=True, record_exchange=lambda _: None)
    await client.start()
    async with web_app() as app:
        with pytest.raises(WebhookFailure) as caught:
            await client.request(web_request(app.url("/").replace("http:", "https:")))
    await client.close()
    assert caught.value.code == 11220
