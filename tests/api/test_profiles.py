"""What a user says of themselves, and what of it leaves the hub: the alias and the photo, nothing else."""

import struct
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from hub import retention
from hub.access.organizations import OrganizationChanges, change_organization
from hub.db.tables.core import ATTACHMENT
from hub.retention.run import UPLOADS_KEPT
from hub.types import Role
from tests.api.conftest import ONE_DATABASE, Api
from tests.api.test_usage import Past
from tests.media.test_metadata import PLACE, exif, jpeg, segment
from tests.media_jobs.stage import PICTURE


def change(api: Api, **profile: Any) -> Any:
    return api.owner("PATCH", f"/users/{api.org.operator.user_id}/profile", json=profile)


def upload(api: Api, token: str, body: bytes = PICTURE, content_type: str = "image/png") -> str:
    made = api.call("POST", "/uploads", token, files={"file": ("me.png", body, content_type)})
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


def test_a_profile_is_given_with_the_user_and_changed_later(api: Api) -> None:
    new = {
        "email": "ada@example.com", "name": "Ada Byron King", "role": "operator", "first_name": " Ada ",
        "surname": "Byron  King", "alias": "Ada", "languages": ["EN", "fr", "en"], "time_zone": "Europe/London",
        "skills": ["  Refunds ", "VIP   customers", "refunds"],
    }  # fmt: skip
    made = api.owner("POST", "/users", json=new).json()
    kept = {
        "first_name": "Ada", "surname": "Byron King", "alias": "Ada", "languages": ["en", "fr"],
        "time_zone": "Europe/London", "skills": ["refunds", "vip customers"], "photo_id": None,
    }  # fmt: skip
    assert {name: made[name] for name in kept} == kept
    less = {"alias": "", "time_zone": "", "skills": ["returns"]}
    changed = api.owner("PATCH", f"/users/{made['id']}/profile", json=less)
    assert changed.status_code == 200, changed.text
    assert {name: changed.json()[name] for name in kept} == {
        **kept, "alias": "", "time_zone": "", "skills": ["returns"],
    }  # fmt: skip
    assert api.owner("GET", f"/users/{made['id']}").json() == changed.json()


@ONE_DATABASE
@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"languages": ["en", "xx"]}, "ISO 639-1 such as en or de; not xx"),
        ({"languages": ["english"]}, "not english"),
        ({"languages": ["en"] * 21}, "languages"),
        ({"time_zone": "Mars/Olympus"}, "IANA name such as Europe/Berlin"),
        ({"skills": ["a,b"]}, "without comma"),
        ({"skills": ["language=de"]}, "without comma"),
        ({"skills": ["  "]}, "a skill needs 1 to 40 characters"),
        ({"skills": ["x" * 41]}, "a skill needs 1 to 40 characters"),
        ({"skills": [str(number) for number in range(51)]}, "skills"),
        ({"alias": "x" * 101}, "alias"),
        ({"alias": "Ben\u202eneB"}, "printable"),
        ({"first_name": 7}, "first_name"),
    ],
)
def test_a_profile_that_cannot_be_is_refused_naming_the_value(api: Api, wrong: dict[str, Any], said: str) -> None:
    answer = change(api, **wrong)
    assert answer.status_code == 422, answer.text
    assert said in answer.json()["detail"]
    assert change(api).json()["languages"] == []


def test_operators_change_their_own_profile_and_nobody_elses(api: Api) -> None:
    own, me = api.token(api.org.operator), api.org.operator.user_id
    said = {
        "first_name": "Benjamin", "surname": "Operator", "alias": "Ben", "languages": ["de", "en"],
        "time_zone": "Asia/Kolkata",
    }  # fmt: skip
    changed = api.call("PATCH", f"/users/{me}/profile", own, json=said)
    assert changed.status_code == 200, changed.text
    assert {name: changed.json()[name] for name in said} == said
    theirs = api.call("PATCH", f"/users/{api.org.actor.user_id}/profile", own, json=said)
    assert (theirs.status_code, theirs.headers["content-type"]) == (403, "application/problem+json")
    slots = api.call("PATCH", f"/users/{me}", own, json={"slots": 100})
    assert slots.status_code == 403


def test_skills_are_given_by_the_team_and_are_never_dropped_in_silence(api: Api) -> None:
    own, me = api.token(api.org.operator), api.org.operator.user_id
    refused = api.call("PATCH", f"/users/{me}/profile", own, json={"alias": "Ben", "skills": ["refunds"]})
    assert (refused.status_code, "skills are given by" in refused.json()["detail"]) == (403, True)
    shown = api.owner("GET", f"/users/{me}").json()
    assert (shown["alias"], shown["skills"]) == ("", [])
    assert change(api, skills=["refunds"]).json()["skills"] == ["refunds"]
    assert api.call("PATCH", f"/users/{me}/profile", own, json={"alias": "Ben"}).json()["skills"] == ["refunds"]


def test_an_admin_does_not_change_the_profile_of_an_owner(api: Api) -> None:
    admin = api.token(api.world.user(api.org.id, "Abe Admin", Role.ADMIN))
    answer = api.call("PATCH", f"/users/{api.org.actor.user_id}/profile", admin, json={"alias": "Boss"})
    assert (answer.status_code, "only an owner" in answer.json()["detail"]) == (403, True)


def test_a_changed_profile_stands_in_the_audit_log(api: Api) -> None:
    change(api, alias="Ben", skills=["refunds"])
    [entry] = api.owner("GET", "/audit?action=user.profile_changed").json()["items"]
    assert (entry["before"], entry["after"]) == (
        {"alias": "", "skills": []}, {"alias": "Ben", "skills": ["refunds"]},
    )  # fmt: skip


# --- the photo -------------------------------------------------------------------------------------------


def test_operators_give_themselves_a_photo_that_their_colleagues_see(api: Api) -> None:
    own, me = api.token(api.org.operator), api.org.operator.user_id
    made = upload(api, own)
    set_ = api.call("PUT", f"/users/{me}/photo", own, json={"upload_id": made})
    assert (set_.status_code, set_.json()["photo_id"]) == (200, made)
    seen = api.owner("GET", f"/attachments/{made}")
    assert (seen.status_code, seen.content, seen.headers["content-type"]) == (200, PICTURE, "image/png")
    stranger = api.token(api.world.organization("Other").actor)
    assert api.call("GET", f"/attachments/{made}", stranger).status_code == 404
    assert api.call("GET", f"/attachments/{made}").status_code == 401
    gone = api.call("PUT", f"/users/{me}/photo", own, json={"upload_id": None})
    assert (gone.status_code, gone.json()["photo_id"]) == (200, None)


def test_a_photo_does_not_tell_where_it_was_taken(api: Api) -> None:
    own, me = api.token(api.org.operator), api.org.operator.user_id
    told = jpeg(segment(0xE1, b"Exif\0\0" + exif(orientation=None)), segment(0xFE, PLACE))
    made = upload(api, own, told, "image/jpeg")
    set_ = api.call("PUT", f"/users/{me}/photo", own, json={"upload_id": made})
    assert set_.status_code == 200, set_.text
    seen = api.owner("GET", f"/attachments/{set_.json()['photo_id']}")
    assert (seen.content, seen.headers["content-type"]) == (jpeg(), "image/jpeg")
    # what was uploaded is no photo: it goes with the uploads that nobody used
    assert set_.json()["photo_id"] != made
    again = api.call("PUT", f"/users/{me}/photo", own, json={"upload_id": set_.json()["photo_id"]})
    assert again.json()["photo_id"] == set_.json()["photo_id"]


def test_only_who_manages_the_team_sets_the_photo_of_others(api: Api) -> None:
    operator, owner = api.token(api.org.operator), api.token(api.org.actor)
    theirs = f"/users/{api.org.actor.user_id}/photo"
    assert api.call("PUT", theirs, operator, json={"upload_id": upload(api, operator)}).status_code == 403
    mine = f"/users/{api.org.operator.user_id}/photo"
    assert api.call("PUT", mine, owner, json={"upload_id": upload(api, owner)}).status_code == 200
    admin = api.token(api.world.user(api.org.id, "Abe Admin", Role.ADMIN))
    assert api.call("PUT", theirs, admin, json={"upload_id": None}).status_code == 403


def test_a_photo_is_an_upload_of_ones_own(api: Api) -> None:
    own, path = api.token(api.org.operator), f"/users/{api.org.operator.user_id}/photo"
    of_a_colleague = upload(api, api.token(api.org.actor))
    for upload_id in (of_a_colleague, "01AAAAAAAAAAAAAAAAAAAAAAAA"):
        answer = api.call("PUT", path, own, json={"upload_id": upload_id})
        assert (answer.status_code, "no such upload of yours" in answer.json()["detail"]) == (404, True)


def sized(width: int, height: int) -> bytes:
    return PICTURE[:16] + struct.pack(">II", width, height) + PICTURE[24:]


@ONE_DATABASE
@pytest.mark.parametrize(
    ("body", "content_type", "said"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "image/svg+xml", "bytes are none"),
        (b"<html><script>alert(1)</script>", "image/png", "bytes are none"),
        (b"GIF89a\x03\x00\x02\x00\x00\x00\x00;", "image/gif", "bytes are none"),
        (b"\x89PNG\r\n\x1a\n not really", "image/png", "bytes are none"),
        (PICTURE + b"PK\x05\x06" + bytes(18), "image/png", "bytes are none"),
        (PICTURE + bytes(2 * 1024 * 1024), "image/png", "more than 2 MiB"),
        (jpeg()[:-5], "image/jpeg", "is damaged"),
        (sized(4097, 2), "image/png", "more than 4096 pixels"),
        (sized(2, 60_000), "image/png", "more than 4096 pixels"),
    ],
)
def test_what_is_no_picture_of_a_fitting_size_is_no_photo(api: Api, body: bytes, content_type: str, said: str) -> None:
    own = api.token(api.org.operator)
    made = upload(api, own, body, content_type)
    answer = api.call("PUT", f"/users/{api.org.operator.user_id}/photo", own, json={"upload_id": made})
    assert answer.status_code == 422, answer.text
    assert said in answer.json()["detail"]


def test_a_photo_stays_when_other_uploads_go_and_no_message_takes_it_along(api: Api) -> None:
    own = api.token(api.org.operator)
    photo, left = upload(api, own), upload(api, own, PICTURE + b"again")
    api.call("PUT", f"/users/{api.org.operator.user_id}/photo", own, json={"upload_id": photo})
    answers = f"/conversations/{Past(api).conversation()}/messages"
    refused = api.call("POST", answers, own, json={"attachments": [{"upload_id": photo}]})
    assert (refused.status_code, "upload it again" in refused.json()["detail"]) == (409, True)
    with api.services.db.transaction(api.org.id) as tx:
        tx.execute(update(ATTACHMENT).values(created_at=api.services.clock() - UPLOADS_KEPT - timedelta(days=1)))
    retention.retain(api.services)
    found = [api.owner("GET", f"/attachments/{each}").status_code for each in (photo, left)]
    assert found == [200, 404]


def test_the_wishes_of_routing_are_shown_with_their_defaults_and_changed_one_by_one(api: Api) -> None:
    shown = api.owner("GET", "/organization").json()["routing"]
    assert shown == {"offline_grace": 120, "browser_grace": 60, "close_after": None}
    changed = api.owner("PATCH", "/organization", json={"routing": {"close_after": 14}}).json()["routing"]
    assert changed == {**shown, "close_after": 14}
    again = api.owner("PATCH", "/organization", json={"routing": {"close_after": None, "offline_grace": 0}})
    assert again.json()["routing"] == {**shown, "offline_grace": 0}
    change_organization(api.services, api.org.actor, OrganizationChanges(name="Acme Ltd"))
    assert api.owner("GET", "/organization").json()["routing"]["offline_grace"] == 0


@ONE_DATABASE
@pytest.mark.parametrize("wrong", [{"offline_grace": -1}, {"browser_grace": 5}, {"close_after": 0}, {"patience": 1}])
def test_a_wish_out_of_bounds_is_refused_naming_it(api: Api, wrong: dict[str, int]) -> None:
    answer = api.owner("PATCH", "/organization", json={"routing": wrong})
    assert answer.status_code == 422
    assert next(iter(wrong)) in answer.json()["detail"]
