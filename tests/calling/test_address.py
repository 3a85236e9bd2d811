"""Where a webhook may lead, who may set it, and that its secret is shown once."""

import pytest
from sqlalchemy import select

from hub.channels.egress import EgressRefused, Reach
from hub.channels.own_server import OwnServer
from hub.db.session import PlatformWork
from hub.db.tables.core import ORGANIZATION
from hub.types import Role
from tests.calling.conftest import Called
from tests.calling.names import lead

INSIDE = (
    "http://crm.example.com/hub",
    "https://127.0.0.1/",
    "https://[::1]/",
    "https://10.1.2.3/",
    "https://169.254.169.254/latest/meta-data",
    "https://2130706433/",
    "https://localhost/",
    "https://crm/",
    "https://crm.internal/",
    "https://user:word@crm.example.com/",
    "https://crm.example.com/#there",
    "https://crm.example.com:99999/",
    "https://crm.example.com:0/",
    "https://crm .example.com/",
    "ftp://crm.example.com/",
    "//crm.example.com/",
    "crm.example.com",
)


@pytest.mark.parametrize("url", INSIDE)
@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_an_address_that_nobody_may_be_called_at_is_refused_with_its_mend(called: Called, url: str) -> None:
    answer = called.api.owner("PATCH", "/organization", json={"webhook": {"url": url}})
    assert answer.status_code == 422
    assert "server" in answer.json()["detail"]
    assert called.api.owner("GET", "/organization").json()["webhook"]["url"] == called.receiver.url


def test_a_call_goes_to_the_server_it_is_for_and_nowhere_else() -> None:
    rule = OwnServer("https://crm.example.com/hub", frozenset())
    assert rule.permit("crm.example.com", 443) is Reach.PUBLIC
    for host, port in (("crm.example.com", 80), ("elsewhere.example.com", 443), ("127.0.0.1", 443)):
        with pytest.raises(EgressRefused):
            rule.permit(host, port)
    allowed = OwnServer("http://10.0.0.7:8080/", frozenset({("10.0.0.7", 8080)}))
    assert allowed.permit("10.0.0.7", 8080) is Reach.ANY


def test_a_name_that_leads_inside_is_not_called_and_the_admins_read_why(
    called: Called, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also one that led to a public address when it was entered."""
    lead(monkeypatch, "crm.example.com", "127.0.0.1")
    called.enter(called.receiver.url.replace("http:", "https:").replace("127.0.0.1", "crm.example.com"))
    called.tell()
    called.run()
    assert "leads to no public host" in called.calls()[0].trouble
    assert called.receiver.got == []


def test_the_secret_is_shown_once_kept_sealed_and_new_with_every_change(called: Called) -> None:
    first = called.secret
    assert len(first) > 40
    assert called.api.owner("GET", "/organization").json()["webhook"] == {"url": called.receiver.url, "secret": None}
    with called.services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        kept = tx.scalar(select(ORGANIZATION.c.webhook_secret).where(ORGANIZATION.c.id == called.api.org.id))
    assert first.encode() not in kept
    called.enter(called.receiver.url)
    assert called.secret != first
    unchanged = called.api.owner("PATCH", "/organization", json={"name": "Acme Two"}).json()
    assert unchanged["webhook"] == {"url": called.receiver.url, "secret": None}
    log = called.api.owner("GET", "/audit").text
    assert called.receiver.url in log
    assert first not in log
    assert called.secret not in log


def test_a_new_secret_is_in_the_audit_log_whatever_else_changes_with_it(called: Called) -> None:
    called.api.owner("PATCH", "/organization", json={"name": "Acme Two", "webhook": {"url": called.receiver.url}})
    entry = called.api.owner("GET", "/audit").json()["items"][0]
    told = {"url": called.receiver.url, "new_secret": True}
    assert (entry["action"], entry["after"]) == ("organization.changed", {"name": "Acme Two", "webhook": told})


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.OPERATOR, Role.AUDITOR])
@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_only_who_manages_the_organization_sees_or_sets_it(called: Called, role: Role) -> None:
    token = called.api.token(called.api.world.user(called.api.org.id, "Somebody", role))
    for method, path in (
        ("PATCH", "/organization"),
        ("GET", "/organization/webhook/calls"),
        ("POST", "/organization/webhook/test"),
    ):
        assert called.api.call(method, path, token, json={} if method == "PATCH" else None).status_code == 403
