"""An admin of an organization in the browser's place: signed in, and sending forms."""

import re

import httpx

from tests.rig import PASSWORD, Rig

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class Admin:
    """Signed in as the owner of a customer. A hub that was killed under a form says nothing."""

    def __init__(self, customer: Rig) -> None:
        self._client = httpx.Client(base_url=customer.api.base_url, timeout=30)
        customer.clients.append(self._client)
        email = f"{customer.name}@example.com"
        answer = self._client.post("/login", data={"email": email, "password": PASSWORD, "next": "/bans"})
        assert answer.status_code == 303, answer.text

    def post(self, path: str, form: dict[str, str]) -> None:
        """Send a form."""
        page = self._client.get(path.rpartition("/")[0])
        found = _TOKEN.search(page.text)
        assert found, page.text[:2000]
        try:
            answer = self._client.post(path, data={**form, "csrf_token": found.group(1)})
        except httpx.TransportError:
            return
        assert answer.status_code == 303, answer.text
