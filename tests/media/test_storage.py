"""Where files lie: both stores keep the same promises, and neither is led astray by a key."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from hub.channels.egress import Activated, Egress
from hub.channels.http import HttpFactory
from hub.crypto import DataKey
from hub.errors import Invalid, Misconfigured, NotFound, Unavailable
from hub.ids import new_id
from hub.media.storage import Storage, key_of, storage_of
from hub.settings import Settings, load
from hub.wiring import build
from tests.media import s3_server
from tests.media.s3_server import Store

KEY = key_of("01J0000000000000000000ACME", b"\xab" * 32)
OTHER = key_of("01J0000000000000000000BETA", b"\xab" * 32)
SECRET = "s3-secret-for-tests"


def hub_with(folder: Path, **named: object) -> Settings:
    return load(_env_file=None, data_dir=folder, secret_key="k" * 32, redis_url="redis://127.0.0.1:1", **named)


def settings_for(store: Store, folder: Path) -> Settings:
    return hub_with(
        folder,
        media_s3_url=f"http://127.0.0.1:{store.port}",
        media_s3_bucket="files",
        media_s3_access_key="AKHUB",
        media_s3_secret_key=SecretStr(SECRET),
    )


def activated() -> frozenset[str]:
    return frozenset({"object-storage"})


def http_of(settings: Settings, allowed: Activated = frozenset) -> HttpFactory:
    return HttpFactory(Egress(settings, allowed))


@pytest.fixture
def store() -> Iterator[Store]:
    with s3_server.serve() as served:
        yield served


@dataclass(frozen=True)
class Local:
    storage: Storage
    folder: Path


@pytest.fixture
def local(tmp_path: Path) -> Local:
    settings = hub_with(tmp_path)
    return Local(storage_of(settings, http_of(settings)), tmp_path / "media")


@pytest.fixture
def remote(store: Store, tmp_path: Path) -> Storage:
    settings = settings_for(store, tmp_path)
    return storage_of(settings, http_of(settings, activated))


@pytest.fixture(params=["local", "remote"])
def storage(request: pytest.FixtureRequest) -> Storage:
    found = request.getfixturevalue(request.param)
    return found.storage if isinstance(found, Local) else found


# --- what every store promises --------------------------------------------------------------------------


def test_what_was_put_is_got_and_gone_after_its_deletion(storage: Storage) -> None:
    body = os.urandom(300_000)
    storage.put(KEY, body)
    assert (storage.get(KEY), storage.exists(KEY), storage.exists(OTHER)) == (body, True, False)
    storage.delete(KEY)
    assert not storage.exists(KEY)
    with pytest.raises(NotFound, match="not in the store any more"):
        storage.get(KEY)


def test_putting_again_replaces_and_deleting_again_is_no_error(storage: Storage) -> None:
    storage.put(KEY, b"damaged")
    storage.put(KEY, b"whole")
    storage.put(OTHER, b"")
    assert (storage.get(KEY), storage.get(OTHER)) == (b"whole", b"")
    storage.delete(KEY)
    storage.delete(KEY)
    assert storage.exists(OTHER)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "../" + "a" * 64,
        f"../../etc/{'a' * 64}",
        f"acme/../{'a' * 64}",
        f"acme/{'A' * 64}",
        f"acme/{'a' * 63}",
        f"acme/{'a' * 64}\n",
        f"acme/{'a' * 64}/x",
        f"/{'a' * 64}",
        f"drafts\0/{'a' * 64}",
    ],
)
def test_a_key_that_is_a_way_out_is_refused(storage: Storage, key: str) -> None:
    for use in (storage.get, storage.delete, storage.exists, lambda key: storage.put(key, b"x")):
        with pytest.raises(Invalid, match="no key of a file"):
            use(key)


def test_a_key_tells_organizations_apart_and_tells_nothing_of_the_content() -> None:
    one, two = DataKey(b"1" * 32), DataKey(b"2" * 32)
    same_file = b"\0" * 32
    acme, beta = new_id(), new_id()
    of_acme, of_beta = key_of(acme, one.fingerprint(same_file)), key_of(beta, two.fingerprint(same_file))
    assert of_acme == key_of(acme, one.fingerprint(same_file))
    assert of_acme.split("/")[1] != of_beta.split("/")[1]
    assert same_file.hex() not in of_acme


# --- the directory --------------------------------------------------------------------------------------


def files_in(folder: Path) -> list[Path]:
    return sorted(each for each in folder.rglob("*") if each.is_file())


def test_a_file_is_its_owners_only_and_lies_two_folders_deep(local: Local) -> None:
    local.storage.put(KEY, b"sealed")
    organization, fingerprint = KEY.split("/")
    assert files_in(local.folder) == [local.folder / organization / "ab" / "ab" / fingerprint]
    assert [each.stat().st_mode & 0o077 for each in (local.folder, *local.folder.rglob("*"))] == [0] * 6


_WRITER = """
import os, sys
from pathlib import Path
from hub import durable
from hub.media import local
def die(file, content):
    file.write_bytes(content[:3])
    os.kill(os.getpid(), 9)
local.write_durably = die
local.LocalStorage(Path(sys.argv[1])).put(sys.argv[2], b"sealed bytes")
"""


def test_a_killed_writer_leaves_no_half_file_and_its_draft_goes_later(local: Local) -> None:
    local.storage.put(OTHER, b"there before")
    died = subprocess.run([sys.executable, "-c", _WRITER, str(local.folder), KEY], check=False)
    assert died.returncode == -signal.SIGKILL
    drafts = list((local.folder / "drafts").iterdir())
    assert len(drafts) == 1
    assert not local.storage.exists(KEY)
    next_process(local).put(KEY, b"sealed bytes")
    assert drafts[0].exists(), "it may be another process's file of this moment"
    long_ago = time.time() - 3_601
    os.utime(drafts[0], (long_ago, long_ago))
    next_process(local).put(KEY, b"sealed bytes")
    assert list((local.folder / "drafts").iterdir()) == []
    assert len(files_in(local.folder)) == 2


def next_process(local: Local) -> Storage:
    settings = hub_with(local.folder.parent)
    return storage_of(settings, http_of(settings))


def test_a_disk_that_refuses_is_said_in_our_words_and_keeps_what_was_there(
    local: Local, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    local.storage.put(KEY, b"whole")
    monkeypatch.setattr("hub.media.local.write_durably", full)
    with capture_logs() as logged, pytest.raises(Unavailable, match="free space under HUB_DATA_DIR"):
        local.storage.put(KEY, b"newer")
    assert [(each["event"], each["errno"]) for each in logged] == [("media.disk_failed", 28)]
    assert local.storage.get(KEY) == b"whole"


def test_a_put_waits_for_the_disk_before_the_name_and_after_it(local: Local, monkeypatch: pytest.MonkeyPatch) -> None:
    local.storage.put(KEY, b"makes the folders")
    steps: list[str] = []
    fsync, replace = os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda number: (steps.append("sync"), fsync(number))[1])
    monkeypatch.setattr(Path, "replace", lambda draft, file: (steps.append("name"), replace(draft, file))[1])
    local.storage.put(KEY, b"again")
    assert steps == ["sync", "name", "sync"]


# --- the S3-compatible store ----------------------------------------------------------------------------


def test_objects_lie_path_style_under_their_key_and_requests_are_signed(remote: Storage, store: Store) -> None:
    remote.put(KEY, b"sealed")
    assert store.objects == {f"/files/{KEY}": b"sealed"}
    signed = store.signatures[0]
    assert (signed["X-Amz-Algorithm"], signed["X-Amz-SignedHeaders"]) == ("AWS4-HMAC-SHA256", "host")
    assert re.fullmatch(r"AKHUB/\d{8}/us-east-1/s3/aws4_request", signed["X-Amz-Credential"])
    assert SECRET not in str((store.headers, store.signatures))


def test_a_store_that_nobody_activated_is_not_connected_to(store: Store, tmp_path: Path) -> None:
    settings = settings_for(store, tmp_path)
    allowed: set[str] = set()
    storage = storage_of(settings, http_of(settings, lambda: frozenset(allowed)))
    for use in (storage.get, storage.delete, storage.exists, lambda key: storage.put(key, b"x")):
        with pytest.raises(Unavailable, match="hub providers activate object-storage"):
            use(KEY)
    assert store.asked == []
    allowed |= activated()
    storage.put(KEY, b"sealed")
    allowed.clear()
    with pytest.raises(Unavailable):
        storage.get(KEY)
    assert [command for command, _ in store.asked] == ["PUT"]


@pytest.mark.parametrize(
    ("status", "words"),
    [(403, "HUB_MEDIA_S3_ACCESS_KEY"), (401, "HUB_MEDIA_S3_ACCESS_KEY"), (503, "does not answer as it should")],
)
def test_a_refusing_store_is_said_in_our_words_without_address_or_key(
    remote: Storage, store: Store, status: int, words: str
) -> None:
    store.status = status
    for use in (remote.get, remote.delete, remote.exists, lambda key: remote.put(key, b"x")):
        with capture_logs() as logged, pytest.raises(Unavailable, match=words) as error:
            use(KEY)
        said = f"{error.value.detail} {logged}"
        assert not [each for each in (SECRET, "127.0.0.1", KEY) if each in said]


def test_a_bucket_that_is_not_there_does_not_look_like_a_kept_file(remote: Storage, store: Store) -> None:
    store.bucket = "another"
    for use in (remote.get, lambda key: remote.put(key, b"sealed")):
        with pytest.raises(Unavailable, match="HUB_MEDIA_S3_BUCKET"):
            use(KEY)


def test_a_store_that_is_away_is_named_with_its_setting(tmp_path: Path) -> None:
    with s3_server.serve() as gone:
        settings = settings_for(gone, tmp_path)
    storage = storage_of(settings, http_of(settings, activated))
    with capture_logs() as logged, pytest.raises(Unavailable, match="HUB_MEDIA_S3_URL"):
        storage.put(KEY, b"sealed")
    assert [(each["event"], each["error"]) for each in logged] == [("media.store_failed", "ConnectError")]


def test_a_store_that_sends_elsewhere_is_not_followed(remote: Storage, store: Store) -> None:
    with s3_server.serve() as elsewhere:
        store.status, store.location = 307, f"http://127.0.0.1:{elsewhere.port}/files/{KEY}"
        for use in (remote.get, remote.delete, remote.exists, lambda key: remote.put(key, b"x")):
            with pytest.raises(Unavailable):
                use(KEY)
    assert elsewhere.asked == []


def test_nothing_of_the_environment_leads_the_store_elsewhere(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with s3_server.serve() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "AWS_PROXY_URL", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("AWS_SESSION_TOKEN", "a token of somebody else")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKOTHER")
        monkeypatch.setenv("AWS_BUCKET", "another")
        settings = settings_for(store, tmp_path)
        storage_of(settings, http_of(settings, activated)).put(KEY, b"sealed")
    assert (proxy.asked, list(store.objects)) == ([], [f"/files/{KEY}"])
    assert store.signatures[0]["X-Amz-Credential"].startswith("AKHUB/")
    assert "X-Amz-Security-Token" not in store.signatures[0]


# --- which one ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"media_s3_bucket": "files"}, "HUB_MEDIA_S3_BUCKET is set, but HUB_MEDIA_S3_URL is not"),
        ({"media_s3_secret_key": SecretStr(SECRET)}, "HUB_MEDIA_S3_SECRET_KEY is set, but HUB_MEDIA_S3_URL is not"),
        ({"media_s3_url": "https://s3.example"}, "HUB_MEDIA_S3_URL is set, but HUB_MEDIA_S3_BUCKET is not"),
        (
            {"media_s3_url": "https://s3.example", "media_s3_bucket": "files", "media_s3_access_key": "AK"},
            "HUB_MEDIA_S3_URL is set, but HUB_MEDIA_S3_SECRET_KEY is not",
        ),
    ],
)
def test_half_a_store_stops_the_start_with_one_sentence(given: dict[str, object], words: str, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=words) as error:
        build(hub_with(tmp_path, **given))
    assert SECRET not in error.value.detail


def test_every_process_has_the_store_that_its_settings_name(store: Store, tmp_path: Path) -> None:
    local = build(hub_with(tmp_path))
    local.storage.put(KEY, b"sealed")
    assert files_in(tmp_path / "media")
    remote = build(settings_for(store, tmp_path))
    with pytest.raises(Unavailable, match="not activated"):
        remote.storage.put(KEY, b"sealed")
    for each in (local, remote):
        each.db.dispose()
        each.queue.close()
