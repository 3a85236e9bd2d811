"""A hub whose providers are the sandbox."""

# fixtures are found by their names in this module
from tests.provisioning.conftest import sandbox, sandbox_server, services  # noqa: F401
