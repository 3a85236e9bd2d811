"""Uploads and attachments: only for the organization's own people, and never as a page."""

import pytest

from hub.web.bodies import UPLOAD_LIMIT
from tests.api.conftest import ONE_DATABASE, Api

PICTURE = b"\x89PNG\r\n\x1a\n not really"
FORM = "multipart/form-data; boundary=b"


def test_an_upload_comes_back_as_it_was_sent(api: Api) -> None:
    made = api.owner("POST", "/uploads", files={"file": ("blå bil.png", PICTURE, "image/png")})
    assert made.status_code == 201, made.text
    assert {name: made.json()[name] for name in ("name", "content_type", "size")} == {
        "name": "blå bil.png",
        "content_type": "image/png",
        "size": len(PICTURE),
    }
    got = api.owner("GET", f"/attachments/{made.json()['id']}")
    assert (got.content, got.headers["content-type"]) == (PICTURE, "image/png")
    assert got.headers["content-disposition"] == "inline; filename*=UTF-8''bl%C3%A5%20bil.png"


@ONE_DATABASE
@pytest.mark.parametrize("content_type", ["text/html", "text/html; charset=x\r\nX: y", "image/png", "nonsense"])
def test_html_is_bytes_to_download_whatever_it_is_called(api: Api, content_type: str) -> None:
    name = "../../<b>.html"
    made = api.owner("POST", "/uploads", files={"file": (name, b"<script>alert(1)</script>", content_type)})
    got = api.owner("GET", f"/attachments/{made.json()['id']}")
    assert made.json()["name"] == "_b_.html.bin"
    assert got.headers["content-type"] == "application/octet-stream"
    assert got.headers["content-disposition"].startswith("attachment;")
    assert got.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in got.headers["content-security-policy"]


@ONE_DATABASE
@pytest.mark.parametrize(
    ("asked", "status", "body", "said"),
    [
        ("bytes=0-3", 206, b"\x89PNG", "bytes 0-3/19"),
        ("bytes=8-", 206, b" not really", "bytes 8-18/19"),
        ("bytes=-6", 206, b"really", "bytes 13-18/19"),
        ("bytes=0-999", 206, PICTURE, "bytes 0-18/19"),
        ("bytes=19-", 416, b"", "bytes */19"),
        ("bytes=-0", 416, b"", "bytes */19"),
        ("bytes=5-2", 416, b"", "bytes */19"),
        ("bytes=0-1,3-4", 200, PICTURE, None),
        ("pages=1", 200, PICTURE, None),
    ],
)
def test_a_player_seeks_by_one_range(api: Api, asked: str, status: int, body: bytes, said: str | None) -> None:
    made = api.owner("POST", "/uploads", files={"file": ("a.png", PICTURE, "image/png")})
    path = f"/attachments/{made.json()['id']}"
    got = api.call("GET", path, api.token(api.org.actor), {"Range": asked})
    assert (got.status_code, got.content, got.headers.get("content-range")) == (status, body, said)
    assert got.headers["accept-ranges"] == "bytes"


def test_a_file_of_another_organization_is_not_found(api: Api) -> None:
    made = api.owner("POST", "/uploads", files={"file": ("a.txt", b"ours", "text/plain")}).json()
    other = api.world.organization("Other")
    assert api.call("GET", f"/attachments/{made['id']}", api.token(other.actor)).status_code == 404


@ONE_DATABASE
@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b"{}"),
        ("multipart/form-data", b"no boundary"),
        (FORM, b"garbage"),
        (FORM, b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'),
        (FORM, b'--b\r\nContent-Disposition: form-data; name="text"\r\n\r\nhello\r\n--b--\r\n'),
        (FORM, b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n\r\n--b--\r\n'),
    ],
)
def test_a_form_without_a_whole_file_is_refused(api: Api, content_type: str, body: bytes) -> None:
    answer = api.call("POST", "/uploads", api.token(api.org.actor), {"Content-Type": content_type}, content=body)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_two_files_at_once_are_refused(api: Api) -> None:
    two = [("file", ("a.txt", b"a")), ("file", ("b.txt", b"b"))]
    assert api.owner("POST", "/uploads", files=two).status_code == 422


def test_a_file_over_the_limit_is_refused(api: Api) -> None:
    answer = api.owner("POST", "/uploads", files={"file": ("big", b"a" * (UPLOAD_LIMIT + 1))})
    assert answer.status_code == 413


def test_a_repeated_upload_is_one_file_whatever_its_boundary(api: Api) -> None:
    token, key = api.token(api.org.actor), {"Idempotency-Key": "upload 1"}
    files = {"file": ("a.txt", b"a", "text/plain")}
    first, second = (api.call("POST", "/uploads", token, key, files=files) for _ in range(2))
    assert (first.status_code, first.json()) == (second.status_code, second.json())
