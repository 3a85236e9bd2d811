"""Whoever crosses organizations says why, and only who is listed here may (K32)."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from hub.db.session import PlatformWork
from tests.parsing import parsed

ROOT = Path(__file__).parents[2]
CROSSING = ("platform_transaction", "platform_reading")
INTAKE = ("intake_transaction", "intake_reading")

MAY_CROSS = {
    "hub/access/audit_log.py": {"AUDIT"},
    "hub/access/invitations.py": {"SIGN_IN"},
    "hub/access/organizations.py": {"ADMINISTRATION"},
    "hub/access/sessions.py": {"SIGN_IN"},
    "hub/access/tabs.py": {"SCHEDULE"},
    "hub/access/tokens.py": {"SIGN_IN"},
    "hub/audit/verifying.py": {"AUDIT"},
    "hub/calling/posting.py": {"SCHEDULE"},
    "hub/db/activations.py": {"LINE"},
    "hub/db/session.py": {"MONITORING"},
    "hub/doctor/affairs.py": {"MONITORING"},
    "hub/doctor/look.py": {"MONITORING"},
    "hub/filing/fetching.py": {"LINE", "SCHEDULE"},
    "hub/filing/links.py": {"LINE"},
    "hub/filing/removing.py": {"SCHEDULE"},
    "hub/inbound/drain.py": {"LINE", "SCHEDULE"},
    "hub/inbound/fetch.py": {"LINE", "SCHEDULE"},
    "hub/inbound/journal.py": {"JOURNAL"},
    "hub/keys.py": {"KEYS"},
    "hub/notifying/planning.py": {"SCHEDULE"},
    "hub/notifying/sending.py": {"SCHEDULE"},
    "hub/numbers/cases/informing.py": {"ADMINISTRATION", "SCHEDULE"},
    "hub/numbers/cases/marking.py": {"ADMINISTRATION"},
    "hub/numbers/cases/offering.py": {"ADMINISTRATION", "SCHEDULE"},
    "hub/numbers/cases/ordering.py": {"ADMINISTRATION"},
    "hub/numbers/cases/reading.py": {"ADMINISTRATION"},
    "hub/numbers/cases/recruited.py": {"SCHEDULE"},
    "hub/numbers/cases/replacing.py": {"ADMINISTRATION"},
    "hub/numbers/cases/succeeding.py": {"ADMINISTRATION"},
    "hub/numbers/cases/working.py": {"SCHEDULE"},
    "hub/numbers/health/looking.py": {"LINE", "SCHEDULE"},
    "hub/numbers/health/troubles.py": {"ADMINISTRATION"},
    "hub/numbers/recruiting/inviting.py": {"SCHEDULE"},
    "hub/numbers/recruiting/ledger.py": {"SCHEDULE"},
    "hub/numbers/recruiting/rehearsing.py": {"ADMINISTRATION"},
    "hub/numbers/supply/accounts.py": {"ADMINISTRATION"},
    "hub/numbers/supply/advancing.py": {"ADMINISTRATION", "SCHEDULE"},
    "hub/numbers/supply/approving.py": {"SCHEDULE"},
    "hub/numbers/supply/businesses.py": {"ADMINISTRATION"},
    "hub/numbers/supply/buying.py": {"ADMINISTRATION"},
    "hub/numbers/supply/calls.py": {"ADMINISTRATION"},
    "hub/numbers/supply/codes.py": {"ADMINISTRATION"},
    "hub/numbers/supply/costs.py": {"ADMINISTRATION"},
    "hub/numbers/supply/held.py": {"ADMINISTRATION"},
    "hub/numbers/supply/homing.py": {"ADMINISTRATION"},
    "hub/numbers/supply/lending.py": {"ADMINISTRATION"},
    "hub/numbers/supply/noting.py": {"ADMINISTRATION"},
    "hub/numbers/supply/opening.py": {"ADMINISTRATION"},
    "hub/numbers/supply/owned.py": {"ADMINISTRATION"},
    "hub/numbers/supply/parents.py": {"ADMINISTRATION"},
    "hub/numbers/supply/places.py": {"ADMINISTRATION"},
    "hub/numbers/supply/providing.py": {"ADMINISTRATION"},
    "hub/numbers/supply/quarantine.py": {"ADMINISTRATION"},
    "hub/numbers/supply/reconciling.py": {"ADMINISTRATION"},
    "hub/numbers/supply/registered.py": {"ADMINISTRATION"},
    "hub/numbers/supply/registering.py": {"ADMINISTRATION"},
    "hub/numbers/supply/reinstating.py": {"ADMINISTRATION"},
    "hub/numbers/supply/returning.py": {"ADMINISTRATION"},
    "hub/numbers/supply/searching.py": {"ADMINISTRATION"},
    "hub/numbers/supply/settling.py": {"ADMINISTRATION"},
    "hub/numbers/supply/signing_up.py": {"ADMINISTRATION"},
    "hub/numbers/supply/standing.py": {"ADMINISTRATION"},
    "hub/outbound/automatic.py": {"SCHEDULE"},
    "hub/outbound/deliver.py": {"LINE"},
    "hub/outbound/errands.py": {"LINE", "SCHEDULE"},
    "hub/outbound/leases.py": {"SCHEDULE"},
    "hub/outbound/looking.py": {"LINE"},
    "hub/privacy/erasing_raw.py": {"JOURNAL"},
    "hub/privacy/opening.py": {"LINE"},
    "hub/privacy/platform.py": {"ADMINISTRATION"},
    "hub/privacy/raw.py": {"JOURNAL"},
    "hub/privacy/work.py": {"SCHEDULE"},
    "hub/providers/activation.py": {"ADMINISTRATION"},
    "hub/provisioning/probing.py": {"LINE"},
    "hub/provisioning/withdrawing.py": {"ADMINISTRATION"},
    "hub/retention/__init__.py": {"UPKEEP"},
    "hub/retention/run.py": {"UPKEEP"},
    "hub/routing/assignment/acting.py": {"SCHEDULE"},
    "hub/routing/assignment/backlog.py": {"SCHEDULE"},
    "hub/routing/assignment/by_clock.py": {"SCHEDULE"},
    "hub/routing/assignment/endings.py": {"SCHEDULE"},
    "hub/routing/assignment/entering.py": {"SCHEDULE"},
    "hub/suspension.py": {"ADMINISTRATION"},
    "hub/upkeep.py": {"UPKEEP"},
    "hub/vault.py": {"KEYS"},
    "hub/web/health.py": {"MONITORING"},
}
"""Which module crosses organizations for which work; a new use fails until it stands here."""

MAY_TAKE_IN = {"hub/inbound/directory.py", "hub/inbound/intake.py"}
"""Who works under the role of the intake."""


@cache
def _nodes() -> dict[str, list[ast.Call | ast.Attribute]]:
    """The calls and attributes of every file of the running hub, by its path."""
    files = sorted(file for folder in ("hub", "workers") for file in (ROOT / folder).rglob("*.py"))
    return {
        str(file.relative_to(ROOT)): [
            node for node in ast.walk(parsed(file.read_text())) if isinstance(node, ast.Call | ast.Attribute)
        ]
        for file in files
    }


def calls(names: tuple[str, ...]) -> Iterator[tuple[str, ast.Call]]:
    for path, nodes in _nodes().items():
        for node in nodes:
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in names:
                yield path, node


def work_of(call: ast.Call) -> str | None:
    """The member that a call names literally, as in `PlatformWork.AUDIT`; None when it does not."""
    named = call.args[0] if call.args else None
    if isinstance(named, ast.Attribute) and isinstance(named.value, ast.Name) and named.value.id == "PlatformWork":
        return named.attr
    return None


def test_every_crossing_names_its_work_where_it_is_opened() -> None:
    assert [(path, call.lineno) for path, call in calls(CROSSING) if work_of(call) is None] == []


def test_only_listed_modules_cross_organizations_each_for_listed_work() -> None:
    used: dict[str, set[str]] = {}
    for path, call in calls(CROSSING):
        used.setdefault(path, set()).add(work_of(call) or "nothing named")
    assert used == MAY_CROSS
    assert {work for works in MAY_CROSS.values() for work in works} <= {work.name for work in PlatformWork}


def test_only_the_intake_works_under_the_role_of_the_intake() -> None:
    assert {path for path, _call in calls(INTAKE)} == MAY_TAKE_IN


def test_nobody_outside_the_session_takes_a_session_apart() -> None:
    """A Tx's own binding is nobody else's to set, and a crossing is called, never handed on by name."""
    private = {"_bound_to", "_organization_id", "_connection"}
    found = []
    for path, nodes in _nodes().items():
        called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
        for node in nodes:
            if not isinstance(node, ast.Attribute) or path.endswith("/session.py"):
                continue
            if node.attr in private and not (isinstance(node.value, ast.Name) and node.value.id == "self"):
                found.append((path, node.lineno, node.attr))
            if node.attr in CROSSING and id(node) not in called:
                found.append((path, node.lineno, node.attr))
    assert found == []
