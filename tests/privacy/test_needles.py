"""Finding a person's address in raw bytes, whatever a provider wrapped it in, and their name as a word."""

import base64
import json
import quopri
from urllib.parse import quote, urlencode

import pytest

from hub.privacy.needles import Needles, names_of

ADDRESS = "carla.meyer@example.com"
WAYS = {
    "plain": f"From: Carla <{ADDRESS}>".encode(),
    "in capitals": f"FROM: {ADDRESS.upper()}".encode(),
    "in JSON": json.dumps({"from": ADDRESS}).encode(),
    "escaped in JSON": f'{{"from": "{ADDRESS}"}}'.replace("@", "\\u0040").encode(),
    "in a form": urlencode({"sender": ADDRESS}).encode(),
    "percent-encoded twice": quote(quote(ADDRESS, safe=""), safe="").encode(),
    "in base64": base64.b64encode(f"Dear {ADDRESS}, hello".encode()),
    "in base64 for URLs": base64.urlsafe_b64encode(f"????>>>> {ADDRESS}".encode()),
    "in base64 lines": base64.encodebytes(("x" * 100 + f" {ADDRESS} " + "y" * 100).encode()),
    "quoted-printable": quopri.encodestring(f"Grüße von {ADDRESS}".encode()).replace(b"@", b"=40"),
    "in an encoded word": b"From: =?utf-8?q?Carla_=3Ccarla=2Emeyer=40example=2Ecom=3E?=",
    "a mail in a form": urlencode({"body-mime": base64.b64encode(f"From: {ADDRESS}\r\n".encode()).decode()}).encode(),
}


@pytest.mark.parametrize("data", WAYS.values(), ids=WAYS.keys())
def test_an_address_is_found(data: bytes) -> None:
    assert Needles([ADDRESS]).are_in(data)


@pytest.mark.parametrize(
    "data", [b"carla.meyer@example.community", b"xcarla.meyer@example.com", b"", b"\xff\x00%zz\\u12"]
)
def test_what_only_looks_like_it_is_not(data: bytes) -> None:
    assert not Needles([ADDRESS]).are_in(data)


def test_a_number_is_found_without_its_plus() -> None:
    needles = Needles(["+491701234567"])
    assert needles.are_in(b"From=%2B491701234567&Body=hi")
    assert needles.are_in(b"From=+491701234567")
    assert not needles.are_in(b"From=%2B4917012345678")


def test_short_addresses_are_not_looked_for() -> None:
    assert not Needles(["500"]).are_in(b'{"price": 500}')


def test_a_name_is_taken_as_a_word_and_only_where_it_means_one_person() -> None:
    names = names_of(["Carla Meyer", "Carla"], [ADDRESS], others=["Carla Schmidt"])
    assert names.taken_from(f"carla meyer ({ADDRESS}) and Carla Meyerling") == "[erased] ([erased]) and Carla Meyerling"
    assert names.taken_from_json({"a": ["Carla Meyer", 1]}) == {"a": ["[erased]", 1]}
    assert names_of([], [], []).taken_from("anything") == "anything"
