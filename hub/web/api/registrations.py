"""Numbers as senders of a messenger: registered, proven by their one-time code. Platform scope only."""

from hub.access.permissions import Permission
from hub.numbers.supply import owned, registering
from hub.numbers.supply.views import NumberView
from hub.web.api.frame import Call, Endpoint
from hub.web.api.number_values import Forwarding, NewRegistration, Number, OneTimeCode, RegistrationGivenUp


def register(call: Call[NewRegistration, None]) -> NumberView:
    body, number_id = call.body, call.path["id"]
    new = registering.NewRegistration(body.organization_id, body.kind, body.display_name, body.code_way)
    registering.register(call.services, call.actor, number_id, new)
    return owned.get_number(call.services, call.actor, number_id)


def hand_in_code(call: Call[OneTimeCode, None]) -> NumberView:
    number_id = call.path["id"]
    registering.hand_in_code(call.services, call.actor, number_id, call.body.code)
    return owned.get_number(call.services, call.actor, number_id)


def forward(call: Call[Forwarding, None]) -> NumberView:
    number_id = call.path["id"]
    registering.set_forwarding(call.services, call.actor, number_id, call.body.to)
    return owned.get_number(call.services, call.actor, number_id)


def give_up(call: Call[RegistrationGivenUp, None]) -> NumberView:
    number_id = call.path["id"]
    registering.give_up(call.services, call.actor, number_id, call.body.kind)
    return owned.get_number(call.services, call.actor, number_id)


_NUMBER, _PLATFORM = "/platform/numbers/{id}", Permission.PLATFORM

ENDPOINTS = (
    Endpoint("POST", f"{_NUMBER}/register", "Register a number with a messenger", register, Number,
             body=NewRegistration, permission=_PLATFORM),
    Endpoint("POST", f"{_NUMBER}/code", "Hand in the one-time code of a registration", hand_in_code, Number,
             body=OneTimeCode, permission=_PLATFORM),
    Endpoint("POST", f"{_NUMBER}/give-up-registration", "Give the registration of a number up", give_up, Number,
             body=RegistrationGivenUp, permission=_PLATFORM),
    Endpoint("PUT", f"{_NUMBER}/forwarding", "Say where calls with a one-time code go", forward, Number,
             body=Forwarding, permission=_PLATFORM),
)  # fmt: skip
