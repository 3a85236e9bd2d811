"""The same rights on the page and on the command line."""

import json
import re
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hub import log
from hub.cli import app
from hub.db import privacy as queries
from hub.db.privacy import CaseKind, CaseState
from hub.ids import new_id
from hub.privacy import work
from hub.settings import Settings
from hub.types import Role
from hub.wiring import Services
from tests.browser.stage import Stage
from tests.privacy.scene import TELEGRAM_ID, Scene
from tests.privacy.test_rights import contact_on_telegram
from tests.test_pages import Visitor
from tests.world import World


@pytest.fixture
def command_line(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The environment that commands read their settings from; the log of this process stays where it is."""
    monkeypatch.setattr(log, "configure", lambda _level: None)
    shown = {
        "HUB_DATA_DIR": str(settings.data_dir),
        "HUB_REDIS_URL": settings.redis_url,
        "HUB_DATABASE_URL": settings.database_url,
        "HUB_SECRET_KEY": settings.secret_key and settings.secret_key.get_secret_value(),
    }
    for name, value in shown.items():
        if value:
            monkeypatch.setenv(name, str(value))
    return settings


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["privacy", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_commands_export_restrict_erase_and_verify(scene: Scene, command_line: Settings, tmp_path: Path) -> None:
    contact_id, why = contact_on_telegram(scene), ("--reason", "by letter")
    output = tmp_path / "person.zip"
    run("export", contact_id, *why, "--output", str(output))
    with zipfile.ZipFile(output) as archive:
        document = json.loads(archive.read("person.json"))
    assert document["identities"][0]["address"] == str(TELEGRAM_ID)
    assert {"opted_out_at", "no_notifications_at"} <= document["identities"][0].keys()
    assert document["recipients"]["companies"][0]["id"] == "telegram"
    assert "is restricted" in run("restrict", contact_id, *why)
    assert "no longer restricted" in run("unrestrict", contact_id, *why)
    result = tmp_path / "result.json"
    result.write_text(run("erase", contact_id, *why))
    assert "signed by this hub" in run("verify", str(result))
    listed = run("cases")
    assert [line.split()[1] for line in listed.splitlines()] == ["erase", "unrestrict", "restrict", "export"]
    assert scene.owner("GET", f"/contacts/{contact_id}").status_code == 404


def test_an_erasure_that_was_begun_is_gone_on_with(scene: Scene, command_line: Settings) -> None:
    contact_id = contact_on_telegram(scene)
    case = scene.begin(contact_id, "erase")
    assert json.loads(run("erase", contact_id, "--reason", "again"))["case"] == case["id"]
    assert scene.owner("GET", f"/contacts/{contact_id}").status_code == 404


def test_an_export_that_fails_leaves_no_file(scene: Scene, command_line: Settings, tmp_path: Path) -> None:
    contact_id, output = contact_on_telegram(scene), tmp_path / "person.zip"
    scene.begin(contact_id, "erase")
    result = CliRunner().invoke(app, ["privacy", "export", contact_id, "--reason", "x", "--output", str(output)])
    assert (result.exit_code != 0, output.exists()) == (True, False)


def visitor_of(stage: Stage, role: Role) -> Visitor:
    return Visitor(stage.services).sign_in(stage.operator("Vera Visitor", role=role))


def test_the_page_opens_a_case_and_shows_its_clock(services: Services, world: World) -> None:
    stage = Stage(services, world)
    visitor = visitor_of(stage, Role.ADMIN)
    stage.hear(stage.customer("Lena Fischer", "telegram", "7001"), "Hello?")
    found = visitor.get("/admin/privacy?q=Lena").text
    [contact_id] = re.findall(r'name="contact_id" value="([^"]+)"', found)
    form = {"contact_id": contact_id, "kind": "export", "reason": "by phone"}
    token = visitor.token("/admin/privacy")
    assert visitor.post("/admin/privacy/cases", {**form, "csrf_token": token}).status_code == 303
    again = visitor.post("/admin/privacy/cases", {**form, "csrf_token": token})
    assert (again.status_code, "is under way" in again.text) == (409, True)
    assert "Due " in visitor.get("/admin/privacy").text
    [case_id] = re.findall(r'id="case-([^"]+)"', again.text)
    work.work_on(services, case_id, 60)
    assert "Download" in visitor.get("/admin/privacy").text
    archive = visitor.post(f"/admin/privacy/exports/{contact_id}", {"csrf_token": token})
    assert archive.headers["content-type"] == "application/zip"


def test_an_overdue_case_is_marked(services: Services, world: World) -> None:
    stage = Stage(services, world)
    visitor = visitor_of(stage, Role.OWNER)
    case = queries.CaseView(
        new_id(), new_id(), CaseKind.ERASE, CaseState.RECEIVED, "", "cli", services.clock() - timedelta(days=31),
        services.clock() - timedelta(days=1), None, None, None, None,
    )  # fmt: skip
    with services.db.transaction(stage.org.id) as tx:
        queries.insert(tx, case)
    assert "Overdue since" in visitor.get("/admin/privacy").text


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.SUPERVISOR, Role.AUDITOR])
def test_the_page_is_for_owners_and_admins(services: Services, world: World, role: Role) -> None:
    visitor = visitor_of(Stage(services, world), role)
    assert visitor.get("/admin/privacy").status_code == 403
    assert "/admin/privacy" not in visitor.get("/inbox").text
