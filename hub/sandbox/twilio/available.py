"""Twilio's AvailablePhoneNumbers: which countries there are, and the search for a number."""

import re
from collections.abc import Iterator

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from hub.sandbox.twilio.calls import Refused
from hub.sandbox.twilio.inventory import COUNTRIES, Range, kinds_of, listed
from hub.sandbox.world import Account, JsonObject, World

_SHORTEST_PATTERN = 2
_PAGE, _LARGEST_PAGE = 30, 1000
_BAD_PATTERN = (21454, "The Contains pattern must have at least two characters, of 0-9, a-z, *, + and $")  # [K] code
_KEYS = {letter: str(key) for key, letters in enumerate(
    ("abc", "def", "ghi", "jkl", "mno", "pqrs", "tuv", "wxyz"), start=2) for letter in letters}  # fmt: skip
_LETTERS_OF_PATTERN = frozenset("0123456789*+$") | _KEYS.keys()
_WANTED = {"SmsEnabled": "SMS", "MmsEnabled": "MMS", "VoiceEnabled": "voice", "FaxEnabled": "fax"}
_EXCLUDED = {
    "ExcludeAllAddressRequired": ("any", "local", "foreign"),
    "ExcludeLocalAddressRequired": ("local",),
    "ExcludeForeignAddressRequired": ("foreign",),
}


async def list_countries(_world: World, _account: Account, request: Request) -> Response:
    """Answer `GET /AvailablePhoneNumbers.json`."""
    root = request.url.path.removesuffix(".json")
    return JSONResponse({"countries": [_country(root, each) for each in COUNTRIES], "uri": request.url.path})


async def fetch_country(_world: World, _account: Account, request: Request) -> Response:
    """Answer `GET /AvailablePhoneNumbers/{country}.json`."""
    country = _known_country(request)
    return JSONResponse(_country(request.url.path.rpartition("/")[0], country))


def _country(root: str, country: str) -> JsonObject:
    kinds = {_under_score(kind): f"{root}/{country}/{kind}.json" for kind in kinds_of(country)}
    return {
        "country_code": country,
        "country": COUNTRIES[country],
        "beta": False,
        "uri": f"{root}/{country}.json",
        "subresource_uris": kinds,
    }


def _under_score(kind: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", kind).lower()


def _known_country(request: Request) -> str:
    country = str(request.path_params["country"])
    if country not in COUNTRIES:
        raise Refused(20404, f"The requested resource {request.url.path} was not found", 404)
    return country


async def search(world: World, _account: Account, request: Request) -> Response:
    """Answer `GET /AvailablePhoneNumbers/{country}/{kind}.json`; a kind that a country has not is not found (C7)."""
    country, kind = _known_country(request), str(request.path_params["kind"])
    if kind not in kinds_of(country):
        raise Refused(20404, f"The requested resource {request.url.path} was not found", 404)
    query = request.query_params
    fits = _pattern(query.get("Contains", ""))
    taken = {number["phone_number"] for number in world.numbers.values()} | set(world.provisioned.released)
    size = min(int(query.get("PageSize") or _PAGE), _LARGEST_PAGE)
    found: list[JsonObject] = []
    for number, sort in _wanted(query, country, kind):
        if len(found) == size:
            break
        if number not in taken and fits.search(number):
            found.append(_shown(number, sort))
    return JSONResponse({"available_phone_numbers": found, "uri": f"{request.url.path}?{request.url.query}"})


def _pattern(contains: str) -> re.Pattern[str]:
    """Return what a number is searched with: * is any figure, letters stand for their keys, + begins, $ ends."""
    if contains and (len(contains) < _SHORTEST_PATTERN or not set(contains.lower()) <= _LETTERS_OF_PATTERN):
        raise Refused(*_BAD_PATTERN)
    words = {"*": r"\d", "+": r"^\+", "$": "$"}
    return re.compile("".join(words.get(each, _KEYS.get(each, each)) for each in contains.lower()))


def _wanted(query: QueryParams, country: str, kind: str) -> Iterator[tuple[str, Range]]:
    asked = {key: query[name] == "true" for name, key in _WANTED.items() if name in query}
    excluded = {each for name, kinds in _EXCLUDED.items() if query.get(name) == "true" for each in kinds}
    area, place, region = query.get("AreaCode", ""), query.get("InLocality", ""), query.get("InRegion", "")
    for number, sort in listed(country, kind):
        able = all(sort.capabilities[key] is wish for key, wish in asked.items())
        # places and area codes are looked at for North America only (facts C7)
        near = country != "US" or (
            number[2:].startswith(area) and place in {"", sort.locality} and region in {"", sort.region}
        )
        if able and near and sort.address not in excluded:
            yield number, sort


def _shown(number: str, sort: Range) -> JsonObject:
    return {
        "phone_number": number,
        "friendly_name": number,
        "iso_country": sort.country,
        "locality": sort.locality or None,
        "region": sort.region or None,
        "postal_code": None,
        "rate_center": None,
        "lata": None,
        "latitude": None,
        "longitude": None,
        "address_requirements": sort.address,
        "beta": False,
        "capabilities": sort.capabilities,
    }
