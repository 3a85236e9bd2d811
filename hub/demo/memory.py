"""What the demo keeps in the data directory to find itself again."""

import json
import os
import secrets
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from hub import wiring
from hub.access import organizations
from hub.demo import story
from hub.errors import Conflict, Misconfigured
from hub.settings import Settings

_FILE = "demo.json"


@dataclass(frozen=True, slots=True)
class Memory:
    """The demo's organization, its token, everybody's password, and whether the customers have written."""

    organization_id: str
    token: str = field(repr=False)
    password: str = field(repr=False)
    told: bool = False


def recall(settings: Settings) -> Memory:
    """Return the demo of this data directory; make its organization and owner on the first start.

    Raises Misconfigured when the organization is there but what was kept of it is lost.
    """
    file = settings.data_dir / _FILE
    if file.exists():
        return Memory(**json.loads(file.read_text()))
    memory = _begin(settings)
    keep(settings, memory)
    return memory


def keep(settings: Settings, memory: Memory) -> None:
    """Write the file, whole or not at all, for its owner only."""
    file = settings.data_dir / _FILE
    draft = file.with_name(f"{_FILE}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as opened:
        json.dump(asdict(memory), opened)
    draft.replace(file)


def mark_told(settings: Settings, memory: Memory) -> None:
    """Remember that the customers have written; a second start lets them be."""
    keep(settings, replace(memory, told=True))


def _begin(settings: Settings) -> Memory:
    password = secrets.token_urlsafe(9)
    services = wiring.build(settings)
    try:
        made = organizations.bootstrap(services, story.ORGANIZATION, story.OWNER, password, force=True)
    except Conflict:
        raise Misconfigured(
            f"the demo's owner exists, but {_file(settings)} is lost; start the demo with another --data directory"
        ) from None
    finally:
        services.queue.close()
        services.db.dispose()
    return Memory(made.organization_id, str(made.token), password)


def _file(settings: Settings) -> Path:
    return settings.data_dir / _FILE
