"""Which addresses webhooks may reach under the policy `public`."""

import asyncio
import ipaddress
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.webhooks.web_app import WebApp, web_request

from callwright.usecases.web_ports import WebhookFailure
from callwright.webhooks.client import WebhookClient
from callwright.webhooks.egress import is_public


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1"),
        *("169.254.169.254", "100.64.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.192", "192.88.99.1"),
        *("192.0.2.1", "198.18.0.1", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.1.1.1", "240.0.0.1"),
        *("255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1"),
        *("64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::1", "2001:0:1::1", "fe80::1"),
        *("fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "2001:db8::1", "100::1"),
    ],
)
def test_inside_addresses_are_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_addresses_of_the_open_internet_are_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@given(st.ip_addresses(v=4))
def test_wrapping_an_address_in_ipv6_changes_nothing(address: ipaddress.IPv4Address) -> None:
    number = int(address)
    for wrapped in (
        0xFFFF << 32 | number,
        int(ipaddress.IPv6Address("64:ff9b::")) | number,
        (0x2002 << 112) | number << 80,
    ):
        assert is_public(ipaddress.IPv6Address(wrapped)) == is_public(address)


@pytest.fixture
async def public_client(exchanges: list[dict[str, Any]]) -> AsyncIterator[WebhookClient]:
    client = WebhookClient(
        egress_policy="public", verify_certificates=True, record_exchange=lambda one: exchanges.append(dict(one))
    )
    await client.start()
    yield client
    await client.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0x7f000001", "0x7f.1"])
async def test_no_spelling_of_loopback_is_reached(
    app: WebApp, public_client: WebhookClient, exchanges: list[dict[str, Any]], host: str
) -> None:
    app.answer("/")
    with pytest.raises(WebhookFailure) as caught:
        await public_client.request(web_request(app.url("/", host=host)))
    assert caught.value.code == 11205
    assert "CALLWRIGHT_EGRESS=any" in caught.value.message
    assert not app.asked
    await asyncio.sleep(0)
    assert [one["attempt"] for one in exchanges] == [0], "asking again would not help"


@pytest.mark.parametrize("host", ["2130706433", "127.1", "0177.0.0.1"])
async def test_addresses_in_odd_spellings_are_no_addresses(
    app: WebApp, public_client: WebhookClient, host: str
) -> None:
    with pytest.raises(WebhookFailure) as caught:
        await public_client.request(web_request(app.url("/", host=host)))
    assert (caught.value.code, app.asked) == (11100, [])


async def test_a_redirect_inside_is_refused_too(app: WebApp) -> None:
    """The first app is exempt (as the server's own demo is), what it points at is not."""
    app.answer("/", status=302, Location="http://127.0.0.1:9/")
    client = WebhookClient(
        egress_policy="public",
        verify_certificates=True,
        record_exchange=lambda _: None,
        exempt=[("127.0.0.1", app.port)],
    )
    await client.start()
    with pytest.raises(WebhookFailure) as caught:
        await client.request(web_request(app.url("/")))
    await client.close()
    assert len(app.asked) == 1
    assert "CALLWRIGHT_EGRESS=any" in caught.value.message
