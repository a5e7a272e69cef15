"""A request that changes nothing makes no revision."""

from tests.fakes.extensions_api import ExtensionsApi


async def test_saving_the_same_again_is_no_revision() -> None:
    api = ExtensionsApi({})
    settings = {"friendly_name": "Shop", "voice_url": "https://a.example/", "tags": ["b", "a"]}
    created = (await api("POST", "/Applications", settings)).json()
    same = (await api("POST", f"/Applications/{created['sid']}", settings)).json()
    assert same["revision"] == created["revision"] == 1
    changed = (await api("POST", f"/Applications/{created['sid']}", {**settings, "tags": ["a"]})).json()
    assert changed["revision"] == 2
    revisions = (await api("GET", f"/Revisions?sid={created['sid']}")).json()["revisions"]
    assert [one["operation"] for one in revisions] == ["update", "create"]


async def test_settings_beside_the_same_ones_are_stored_alone() -> None:
    api = ExtensionsApi({})
    created = (await api("POST", "/Applications", {"friendly_name": "Shop"})).json()
    await api("POST", f"/Applications/{created['sid']}", {"friendly_name": "Shop", "notes": "new"})
    newest = (await api("GET", f"/Revisions?sid={created['sid']}&limit=1")).json()["revisions"][0]
    assert [change["field"] for change in newest["difference"]] == ["notes"]
