"""A hub whose providers are the sandbox, and its browser."""

# fixtures are found by their names in this module
from tests.audit.conftest import scene  # noqa: F401
from tests.provisioning.conftest import rival, sandbox, sandbox_server, services  # noqa: F401
