"""The message templates of a channel over the API."""

import respx

from tests.api.conftest import Api

CONTENTS = "https://content.twilio.com/v1/ContentAndApprovals"
LISTED = {
    "contents": [
        {
            "sid": "HX00000000000000000000000000000001",
            "friendly_name": "order",
            "language": "en",
            "variables": {"1": "Wanda"},
            "types": {"twilio/text": {"body": "Hello {{1}}, it is on its way."}},
            "approval_requests": {"name": "order", "category": "UTILITY", "status": "approved"},
        }
    ],
    "meta": {"key": "contents", "next_page_url": None},
}


def test_templates_are_fetched_and_listed_without_the_providers_ids(api: Api) -> None:
    channel = api.world.channel(api.org, "whatsapp", "+4915228817386").id
    assert api.owner("GET", f"/channels/{channel}/templates").json() == {"items": [], "next": None}
    with respx.mock(assert_all_mocked=False) as router:
        router.get(CONTENTS).respond(json=LISTED)
        fetched = api.owner("POST", f"/channels/{channel}/templates/sync")
    assert fetched.status_code == 200
    shown = api.owner("GET", f"/channels/{channel}/templates")
    assert shown.json() == fetched.json()
    (template,) = shown.json()["items"]
    assert {name: template[name] for name in ("name", "language", "text", "variables", "category", "status")} == {
        "name": "order",
        "language": "en",
        "text": "Hello {{1}}, it is on its way.",
        "variables": ["1"],
        "category": "utility",
        "status": "approved",
    }
    assert "HX0000" not in shown.text
