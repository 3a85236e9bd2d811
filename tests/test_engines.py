"""How connections are opened."""

import pytest

from hub.wiring import Services

GIVE_UP = {"keepalives_idle": "20", "keepalives_interval": "5", "keepalives_count": "3", "tcp_user_timeout": "30000"}


# on the Unix socket of the tests' server, which takes them as well
@pytest.mark.parametrize("settings", ["postgresql"], indirect=True)
def test_a_server_that_is_gone_without_a_word_is_noticed(services: Services) -> None:
    with services.db.engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        told = driver.info.get_parameters()
    assert told["host"].startswith("/")
    assert {name: told[name] for name in GIVE_UP} == GIVE_UP
