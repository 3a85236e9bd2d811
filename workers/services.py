"""The services of this worker process, built when its first job asks for them: after the fork, nothing is shared."""

from hub import settings, wiring

_services: wiring.Services | None = None


def services() -> wiring.Services:
    """Return this process's services. Jobs run one after the other here, so no lock is needed."""
    global _services
    if _services is None:
        built = wiring.build(settings.load())
        built.vault.warm()
        _services = built
    return _services
