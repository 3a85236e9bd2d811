"""A health in the form in which senders and numbers keep it."""

from collections.abc import Mapping
from typing import Any

from hub.types import Health, HealthState


def kept_health(health: Health) -> dict[str, Any]:
    """Return a health in the form it is stored."""
    return {"state": health.state.value, "problems": list(health.problems)}


def health_of(kept: Mapping[str, Any]) -> Health:
    """Return what `kept_health` stored; unknown when there was no probe yet."""
    return Health(HealthState(kept.get("state", HealthState.UNKNOWN)), tuple(kept.get("problems", ())))
