"""Looking a number up at its provider before it carries anything."""

from collections.abc import Sequence

from hub.channels.base import Adapter
from hub.db.accounts import AccountRecord
from hub.errors import Invalid
from hub.log import get_logger
from hub.types import ChannelKind, Health, HealthState
from hub.wiring import Services

_NOT_ASKED = "a number of a further account is looked up when it is assigned"
_NO_ANSWER = "the provider could not be asked for the number; assigning it asks again"

log = get_logger(__name__)


async def look_up(services: Services, account: AccountRecord, number: str, kinds: Sequence[str]) -> Health:
    """Ask the provider for an E.164 number as each kind. Never raises: what fails shows as unknown."""
    found = [await _ask(services.adapters[ChannelKind(kind)], account, number) for kind in kinds]
    problems = tuple(dict.fromkeys(problem for health in found for problem in health.problems))
    return Health(HealthState.UNKNOWN if problems else HealthState.OK, problems)


async def _ask(adapter: Adapter, account: AccountRecord, number: str) -> Health:
    parent = adapter.parent_account()
    if parent is None or parent.external_id != account.external_id:
        return Health(HealthState.UNKNOWN, (_NOT_ASKED,))
    try:
        await adapter.identify({"address": number})
    except Invalid as error:
        # nothing is broken yet: nobody uses the number, and a sender on it may still be made there
        return Health(HealthState.UNKNOWN, (error.detail,))
    except Exception as error:  # noqa: BLE001 - the boundary of health: a provider's client may raise anything
        log.warning("number.not_looked_up", error=type(error).__name__)
        return Health(HealthState.UNKNOWN, (_NO_ANSWER,))
    return Health(HealthState.OK)
