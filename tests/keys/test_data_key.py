"""A sealed value opens with its own key, at its own place, unchanged; and a key ring only for what it wrapped."""

import os
from pathlib import Path

import pytest

from hub.crypto import DataKey
from hub.errors import Misconfigured, Unreadable
from hub.key_ring import KeyRing, new_data_key
from hub.settings import load

KEY, OTHER = DataKey(b"k" * 32), DataKey(b"o" * 32)
PLACE = "events.body"


@pytest.mark.parametrize("data", [b"", b"x", b"\x00\xff" * 5000])
def test_what_was_sealed_opens_again_and_shows_nothing(data: bytes) -> None:
    sealed = KEY.seal(data, PLACE)
    assert KEY.open(sealed, PLACE) == data
    assert (sealed[:1], len(sealed)) == (b"\x01", len(data) + 29)
    assert sealed != KEY.seal(data, PLACE)


def test_a_sealed_value_opens_at_no_other_place() -> None:
    with pytest.raises(Unreadable, match=r"attachments\.body"):
        KEY.open(KEY.seal(b"secret", PLACE), "attachments.body")


def test_a_sealed_value_opens_with_no_other_key() -> None:
    with pytest.raises(Unreadable):
        OTHER.open(KEY.seal(b"secret", PLACE), PLACE)


def test_a_value_with_any_bit_changed_or_cut_off_does_not_open() -> None:
    sealed = KEY.seal(b"secret", PLACE)
    for at in range(len(sealed)):
        for changed in (sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :], sealed[:at]):
            with pytest.raises(Unreadable):
                KEY.open(changed, PLACE)


def test_named_values_come_back_as_secrets() -> None:
    opened = KEY.open_values(KEY.seal_values({"token": "abc"}, PLACE), PLACE)
    assert (opened["token"] == "abc", repr(opened)) == (True, "{'token': ***}")


def test_fingerprints_are_equal_for_equal_bytes_of_one_owner_only() -> None:
    assert KEY.fingerprint(b"a") == KEY.fingerprint(b"a") != KEY.fingerprint(b"b")
    assert KEY.fingerprint(b"a") != OTHER.fingerprint(b"a")
    assert len({KEY.derive("one"), KEY.derive("two"), OTHER.derive("one")}) == 3


def test_no_key_shows_itself() -> None:
    ring = KeyRing(["a secret key that is long enough to be one"])
    assert "secret" not in repr((KEY, ring, *ring.in_order()))
    assert ring.current().id not in "a secret key that is long enough to be one"


def test_a_wrapped_key_is_its_owners() -> None:
    ring, (_, plain) = KeyRing(["x" * 32]), new_data_key()
    wrapped, by = ring.wrap(plain, "ORGANIZATION")
    assert ring.unwrap(wrapped, by, "ORGANIZATION") == plain
    with pytest.raises(Misconfigured, match="data key of ANOTHER was changed"):
        ring.unwrap(wrapped, by, "ANOTHER")


def test_a_ring_without_the_key_says_which_one_is_missing_and_where_it_belongs() -> None:
    wrapped, by = KeyRing(["x" * 32]).wrap(b"k" * 32, "platform")
    with pytest.raises(Misconfigured) as refused:
        KeyRing(["y" * 32]).unwrap(wrapped, by, "platform")
    assert refused.value.detail == (
        f"the data key of platform is wrapped with the secret key {by}, which is not in HUB_SECRET_KEY or "
        "HUB_SECRET_KEY_FALLBACKS; put that key back beside the current one"
    )


def test_a_ring_in_a_file_notices_a_new_key_and_outlives_the_file(tmp_path: Path) -> None:
    file = tmp_path / "secret.key"
    file.write_text("x" * 32)
    ring, other = KeyRing([], file), KeyRing([], file)
    before = ring.current().id
    other.add_key()
    assert ring.current().id == other.current().id != before
    assert [key.id for key in ring.in_order()][1:] == [before]
    assert file.stat().st_mode & 0o077 == 0
    other.drop_older()
    assert len(ring.in_order()) == 1
    file.unlink()
    assert ring.current().id == other.current().id
    with pytest.raises(Misconfigured, match="there is no key in"):
        KeyRing([], file).current()


def test_a_ring_in_the_environment_cannot_be_written() -> None:
    with pytest.raises(Misconfigured, match="HUB_SECRET_KEY"):
        KeyRing(["x" * 32]).add_key()


def test_a_new_key_is_on_the_disk_before_anything_is_wrapped_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "secret.key"
    file.write_text("x" * 32)
    ring = KeyRing([], file)
    kept = synced_folders(monkeypatch, file)
    ring.add_key()
    assert kept[tmp_path.stat().st_ino] == file.read_text() != "x" * 32


def test_the_first_key_is_on_the_disk_before_it_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "new" / "data"
    kept = synced_folders(monkeypatch, folder / "secret.key")
    load(_env_file=None, data_dir=folder)
    made = (folder / "secret.key").read_text()
    assert [kept[each.stat().st_ino] for each in (folder, folder.parent, tmp_path)] == [made] * 3
    assert kept[(folder / "secret.key").stat().st_ino] == ""


def synced_folders(monkeypatch: pytest.MonkeyPatch, file: Path) -> dict[int, str]:
    """Return what will be made sure of on the disk: inode number → what the key file was at that moment."""
    kept: dict[int, str] = {}

    def fsync(descriptor: int) -> None:
        kept[os.fstat(descriptor).st_ino] = file.read_text() if file.exists() else ""

    monkeypatch.setattr(os, "fsync", fsync)
    return kept


def test_no_draft_keeps_an_old_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, own = tmp_path / "secret.key", tmp_path / "secret.key.mine"
    for each in (file, own, tmp_path / "secret.key.4711"):
        each.write_text("x" * 32)
    ring = KeyRing([], file)
    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            ring.add_key()
    assert len(list(tmp_path.iterdir())) == 4
    ring.add_key()
    ring.drop_older()
    assert sorted(tmp_path.iterdir()) == [file, own]
