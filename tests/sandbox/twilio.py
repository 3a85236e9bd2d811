"""Calls of Twilio's API that several tests make."""

from dataclasses import dataclass
from typing import Any

import httpx

from hub.sandbox import seeds
from tests.sandbox.world import Json, Receiver, Sandbox, until

SENDERS = "/v2/Channels/Senders"


@dataclass(frozen=True)
class Account:
    """An account of a sandbox, and calls in its name."""

    sandbox: Sandbox
    sid: str = seeds.ACCOUNT_SID
    token: str = seeds.ACCOUNT_TOKEN

    @property
    def path(self) -> str:
        return f"/2010-04-01/Accounts/{self.sid}"

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        whole = path if path.startswith(("/v", "/2010")) else self.path + path
        return httpx.request(method, self.sandbox.url + whole, auth=(self.sid, self.token), **options)

    def get(self, path: str, **query: str) -> Json:
        found: Json = self.call("GET", path, params=query).json()
        return found

    def sub_account(self, name: str = "Bakery") -> "Account":
        made = self.call("POST", "/2010-04-01/Accounts.json", data={"FriendlyName": name}).json()
        return Account(self.sandbox, made["sid"], made["auth_token"])

    def search(self, country: str = "US", kind: str = "Local", **query: str) -> list[Json]:
        found: list[Json] = self.get(f"/AvailablePhoneNumbers/{country}/{kind}.json", **query)[
            "available_phone_numbers"
        ]
        return found

    def buy(self, number: str, **fields: str) -> httpx.Response:
        return self.call("POST", "/IncomingPhoneNumbers.json", data={"PhoneNumber": number, **fields})

    def bought(self, **fields: str) -> Json:
        """Buy the first American number there is."""
        answer = self.buy(self.search()[0]["phone_number"], **fields)
        assert answer.status_code == 201, answer.text
        made: Json = answer.json()
        return made

    def register(self, number: str, name: str = "Bakery", **configuration: str) -> httpx.Response:
        body = {"sender_id": f"whatsapp:{number}", "profile": {"name": name}, "configuration": configuration}
        return self.call("POST", SENDERS, json=body)

    def sender(self, sid: str) -> Json:
        return self.get(f"{SENDERS}/{sid}")

    def becomes(self, sid: str, status: str) -> Json:
        found: Json = until(lambda: (shown := self.sender(sid))["status"] == status and shown)
        return found

    def verify(self, sid: str, code: str) -> httpx.Response:
        return self.call("POST", f"{SENDERS}/{sid}", json={"configuration": {"verification_code": code}})

    def online(self, number: str, **configuration: str) -> str:
        """Register a number, hand in its code, and return the sid of its sender."""
        made = self.register(number, **configuration)
        assert made.status_code == 202, made.text
        sid = str(made.json()["sid"])
        if self.becomes_either(sid) == "PENDING_VERIFICATION":
            assert self.verify(sid, code_of(self.sandbox, number)).status_code == 202
        self.becomes(sid, "ONLINE")
        return sid

    def becomes_either(self, sid: str) -> str:
        settled = {"PENDING_VERIFICATION", "ONLINE"}
        return str(until(lambda: (status := self.sender(sid)["status"]) in settled and status))

    def send(self, from_: str, to: str, receiver: Receiver | None = None, text: str = "Hello") -> httpx.Response:
        fields = {"From": from_, "To": to, "Body": text}
        if receiver:
            fields["StatusCallback"] = f"{receiver.url}/status"
        return self.call("POST", "/Messages.json", data=fields)


def code_of(sandbox: Sandbox, number: str) -> str:
    """Return the code that is on its way to a number."""
    codes = sandbox.get("/control/numbers")["codes"]
    return next(str(each["code"]) for each in codes if each["number"] == number)


def error_of(answer: httpx.Response) -> tuple[int, int]:
    return answer.status_code, int(answer.json()["code"])
