"""The services of this worker process, built when its first job asks for them: after the fork, nothing is shared."""

import threading

from hub import settings, wiring

_services: wiring.Services | None = None
_building = threading.Lock()


def services() -> wiring.Services:
    """Return this process's services; the hands of a lane share them."""
    global _services
    with _building:
        if _services is None:
            built = wiring.build(settings.load())
            built.vault.warm()
            _services = built
        return _services
