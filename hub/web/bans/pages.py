"""The pages of bans: what happened to a sender, what can be done, and how far its people are. Plain forms.

The same case is shown to the customer at /bans and to whoever runs the hub at /platform/bans; the customer decides,
the platform helps to mend. Who the people are only the customer sees.
"""

from collections.abc import Callable
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from hub.access.permissions import Permission
from hub.errors import HubError, NotFound
from hub.numbers.cases import reading
from hub.numbers.cases.connecting import TakenOver
from hub.numbers.cases.views import BanView
from hub.web.bans import actions, bringing, packed, publishing
from hub.web.bans.actions import SAVED, Act
from hub.web.bans.bringing import bringing_context, typed_fields
from hub.web.bans.people import held_context, people_context
from hub.web.bans.possible import possible_context
from hub.web.bans.progress import progress_context
from hub.web.bans.publishing import published_context
from hub.web.bans.sentences import happened
from hub.web.bans.views import CUSTOMER, PLATFORM, case_context, row_of
from hub.web.inbox.views import channel_words
from hub.web.language import marked
from hub.web.rendering import render
from hub.web.shell import frame
from hub.web.visits import Visit, see, sentence, visited
from hub.wiring import Services

BANS: Final = "/bans"
PLATFORM_BANS: Final = "/platform/bans"
_MOST: Final = 100
_MINE: Final = "me"
_TYPED: Final = ("cause", "appeal", "reason", "name")
_PERSON: Final = BANS + "/{case_id}/recipients/{recipient_id}"

MENDING: Final[tuple[tuple[str, str, Act], ...]] = (
    ("/remedies/{kind}/begin", "begun", actions.begin_remedy),
    ("/remedies/{kind}/end", "ended", actions.end_remedy),
    ("/appeal", "appeal", actions.appeal),
    ("/appeal/decided", "appeal", actions.decide_appeal),
    ("/offer", "wanted", actions.want_offer),
    ("/close", "closed", actions.close),
)
"""What whoever runs the hub may do, too."""
_DECIDING: Final[tuple[tuple[str, str, Act], ...]] = (
    ("/accept", "accepted", actions.accept),
    ("/decline", "declined", actions.decline),
    ("/keep", "kept", actions.keep),
    ("/stop", "stopped", actions.stop),
    ("/resume", "resumed", actions.resume),
    ("/order", "order", actions.order),
    ("/instead", "wanted", actions.want_instead),
    ("/discard", "discarded", actions.discard_rest),
    ("/bring", "brought", bringing.bring),
    ("/choose", "brought", bringing.choose),
)
_OF_PEOPLE: Final[tuple[tuple[str, str, Act], ...]] = (
    ("/confirm", "confirmed", actions.confirm),
    ("/deny", "denied", actions.deny),
    ("/undo", "undone", actions.undo),
)


def routes(services: Services) -> list[Route]:
    read, manage = Permission.READ_CHANNELS, Permission.MANAGE_CHANNELS
    return [
        Route(BANS, visited(services, show_list, read), methods=["GET"]),
        Route(BANS + "/{case_id}", visited(services, show_one, read), methods=["GET"]),
        *(
            Route(f"{BANS}/{{case_id}}{path}", visited(services, doing(act, saved), manage), methods=["POST"])
            for path, saved, act in (*MENDING, *_DECIDING)
        ),
        *(
            Route(f"{_PERSON}{path}", visited(services, doing(act, saved), Permission.EDIT_CONTACTS), methods=["POST"])
            for path, saved, act in _OF_PEOPLE
        ),
        *publishing.routes(services, BANS),
        *packed.routes(services, BANS),
    ]


def show_one(visit: Visit) -> Response:
    """One case, with all that can be done about it."""
    return case_page(visit, _case(visit))


def show_list(visit: Visit) -> Response:
    """Those that go on, and those that are over: the organization's, or at the platform's address everybody's."""
    base = _base(visit)
    read = reading.list_all_bans if base == PLATFORM_BANS else reading.list_bans
    page = read(visit.services, visit.actor, _MOST, visit.query("cursor") or None)
    reader = PLATFORM if base == PLATFORM_BANS else CUSTOMER
    rows = [row_of(each, _happened(visit, each), reader) for each in page.items]
    waits = visit.query("waits") == _MINE
    if waits:
        rows = [row for row in rows if row["turn"] and row["turn"]["mine"]]
    tables = [
        (marked("Open"), marked("No open ban"), [row for row in rows if row["case"].over_at is None]),
        (marked("bans|Over"), marked("None that is over"), [row for row in rows if row["case"].over_at is not None]),
    ]
    if waits:
        tables = [(marked("Waits for me"), marked("Nothing waits for you"), rows)]
    context = {
        "base": base,
        "tables": tables,
        "next": page.next,
        "waits": waits,
        "saved": SAVED.get(visit.query("saved"), ""),
    }
    place = {"platform": base == PLATFORM_BANS, **channel_words(visit.services)}
    return render("bans/list.html", {**frame(visit, _place(base)), **context, **place})


def case_page(visit: Visit, view: BanView, more: dict[str, Any] | None = None, status: int = 200) -> Response:
    """Show a case; `more`: the `problem` with what was asked, and what was `typed`."""
    base = _base(visit)
    platform = base == PLATFORM_BANS
    manages = visit.may(Permission.MANAGE_CHANNELS)
    usual = {"problem": "", "typed": {}, "token": "", "token_of": "", "saved": SAVED.get(visit.query("saved"), "")}
    context = {
        **case_context(visit, view, base, PLATFORM if platform else CUSTOMER),
        **possible_context(visit, view, PLATFORM if platform else CUSTOMER),
        **progress_context(visit, view),
        **people_context(visit, view, platform),
        **held_context(visit, view, platform),
        **published_context(visit, view, platform),
        **bringing_context(visit, view),
        "platform": platform,
        "may_decide": manages and not platform,
        "may_mend": manages or platform,
    }
    return render("bans/one.html", {**frame(visit, _place(base)), **context, **usual, **(more or {})}, status)


def doing(act: Act, saved: str) -> Callable[[Visit], Response]:
    """Return the handler that does something to a case, and shows on its page why it was refused.

    A token that is made for a new sender is shown there, this once.
    """

    def handler(visit: Visit) -> Response:
        # at /bans a foreign one is not found, whoever asks
        case_id = _case(visit).id
        try:
            done = act(visit, case_id)
        except HubError as error:
            if isinstance(error, NotFound):
                raise
            names = (*_TYPED, *typed_fields(list(visit.services.adapters.values())))
            typed = {name: visit.one(name) for name in names if visit.one(name)}
            problem = sentence(visit.language.retell(error.detail))
            return case_page(visit, _case(visit), {"problem": problem, "typed": typed}, error.status)
        if isinstance(done, TakenOver) and done.channel.intake_token:
            once = {"saved": SAVED[saved], "token": done.channel.intake_token, "token_of": done.channel.id}
            return case_page(visit, _case(visit), once)
        return see(f"{visit.request.url.path.partition(case_id)[0]}{case_id}?saved={saved}")

    return handler


def _case(visit: Visit) -> BanView:
    read = reading.get_any_ban if _base(visit) == PLATFORM_BANS else reading.get_ban
    return read(visit.services, visit.actor, visit.path("case_id"))


def _base(visit: Visit) -> str:
    return PLATFORM_BANS if visit.request.url.path.startswith(PLATFORM_BANS) else BANS


def _happened(visit: Visit, view: BanView) -> str:
    return happened(view, visit.services.adapters[view.channel.kind].label, visit.language)


def _place(base: str) -> str:
    return "platform" if base == PLATFORM_BANS else "channels"
