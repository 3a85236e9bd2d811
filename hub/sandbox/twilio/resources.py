"""The table of all routes of Twilio, and what the parent account is born with."""

from starlette.routing import BaseRoute, Route

from hub.sandbox.twilio import (
    accounts,
    addresses,
    available,
    contents,
    media,
    messages,
    numbers,
    regulatory,
    senders,
    sending,
)
from hub.sandbox.twilio.calls import endpoint
from hub.sandbox.world import World


def seed(world: World) -> None:
    """Give the parent account its numbers, senders and papers, unless it has them from a saved state."""
    numbers.seed(world)
    senders.seed(world)
    addresses.seed(world)
    regulatory.seed(world)


_API = "/2010-04-01/Accounts"
_ACCOUNT = f"{_API}/{{account}}"
_NUMBERS = f"{_ACCOUNT}/IncomingPhoneNumbers"
_AVAILABLE = f"{_ACCOUNT}/AvailablePhoneNumbers"
_SENDERS = "/v2/Channels/Senders"
_CONTENT = "/v1/Content"
_COMPLIANCE = "/v2/RegulatoryCompliance"

ROUTES: list[BaseRoute] = [
    Route(f"{_API}.json", endpoint(accounts.show_list), methods=["GET"]),
    Route(f"{_API}.json", endpoint(accounts.create), methods=["POST"]),
    Route(f"{_ACCOUNT}/Messages.json", endpoint(messages.show_list), methods=["GET"]),
    Route(f"{_ACCOUNT}/Messages.json", endpoint(sending.create, sending.sending_channel), methods=["POST"]),
    Route(f"{_ACCOUNT}/Messages/{{sid}}/Media.json", endpoint(media.show_list), methods=["GET"]),
    Route(f"{_ACCOUNT}/Messages/{{sid}}/Media/{{media}}", endpoint(media.fetch), methods=["GET"]),
    Route(f"{_ACCOUNT}/Messages/{{sid}}.json", endpoint(messages.fetch), methods=["GET"]),
    Route("/twilio-media/{account}/{file}", media.deliver, methods=["GET"]),
    Route("/v1/ContentAndApprovals", endpoint(contents.list_with_approvals), methods=["GET"]),
    Route(_CONTENT, endpoint(contents.list_contents), methods=["GET"]),
    Route(_CONTENT, endpoint(contents.create, op="template"), methods=["POST"]),
    Route(f"{_CONTENT}/{{sid}}", endpoint(contents.fetch), methods=["GET"]),
    Route(f"{_CONTENT}/{{sid}}/ApprovalRequests", endpoint(contents.show_approval), methods=["GET"]),
    Route(f"{_CONTENT}/{{sid}}/ApprovalRequests/whatsapp", endpoint(contents.ask_approval), methods=["POST"]),
    Route(f"{_AVAILABLE}.json", endpoint(available.list_countries), methods=["GET"]),
    Route(f"{_AVAILABLE}/{{country}}.json", endpoint(available.fetch_country), methods=["GET"]),
    Route(f"{_AVAILABLE}/{{country}}/{{kind}}.json", endpoint(available.search), methods=["GET"]),
    Route(f"{_NUMBERS}.json", endpoint(numbers.show_list), methods=["GET"]),
    Route(f"{_NUMBERS}.json", endpoint(numbers.buy, op="purchase"), methods=["POST"]),
    Route(f"{_NUMBERS}/{{sid}}.json", endpoint(numbers.fetch), methods=["GET"]),
    Route(f"{_NUMBERS}/{{sid}}.json", endpoint(numbers.update), methods=["POST"]),
    Route(f"{_NUMBERS}/{{sid}}.json", endpoint(numbers.release), methods=["DELETE"]),
    Route(f"{_ACCOUNT}/Addresses.json", endpoint(addresses.show_list), methods=["GET"]),
    Route(f"{_ACCOUNT}/Addresses.json", endpoint(addresses.create), methods=["POST"]),
    Route(f"{_ACCOUNT}.json", endpoint(accounts.fetch), methods=["GET"]),
    Route(f"{_ACCOUNT}.json", endpoint(accounts.update), methods=["POST"]),
    Route(f"{_COMPLIANCE}/Regulations", endpoint(regulatory.list_regulations), methods=["GET"]),
    Route(f"{_COMPLIANCE}/Bundles", endpoint(regulatory.list_bundles), methods=["GET"]),
    Route(f"{_COMPLIANCE}/Bundles", endpoint(regulatory.create_bundle), methods=["POST"]),
    Route(f"{_COMPLIANCE}/Bundles/{{sid}}", endpoint(regulatory.fetch_bundle), methods=["GET"]),
    Route(f"{_COMPLIANCE}/Bundles/{{sid}}", endpoint(regulatory.update_bundle), methods=["POST"]),
    Route(f"{_COMPLIANCE}/Bundles/{{sid}}/Clones", endpoint(regulatory.clone_bundle), methods=["POST"]),
    Route(_SENDERS, endpoint(senders.show_list), methods=["GET"]),
    Route(_SENDERS, endpoint(senders.create, op="registration"), methods=["POST"]),
    Route(f"{_SENDERS}/{{sid}}", endpoint(senders.fetch), methods=["GET"]),
    Route(f"{_SENDERS}/{{sid}}", endpoint(senders.update), methods=["POST"]),
    Route(f"{_SENDERS}/{{sid}}", endpoint(senders.delete), methods=["DELETE"]),
]
