"""Forms as no provider sends them: only the declared error may come of them."""

import contextlib
from urllib.parse import parse_qsl, urlencode

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.types import JournalEvent
from tests.conformance.kit import RECEIVED_AT
from tests.twilio.account import SMS, WHATSAPP

FORMS = [dict(parse_qsl(kit.request(name).body.decode("latin-1"), keep_blank_values=True))
         for kit in (SMS, WHATSAPP) for name in kit.inbound_names()]  # fmt: skip
FIELDS = sorted({field for form in FORMS for field in form} | {"MediaUrl0", "Latitude", "OptOutType", "HubRecovered"})
VALUES = st.one_of(
    st.text(max_size=40),
    st.sampled_from(["", "0", "-1", "99", "true", "1e999", "nan", "STOP", "whatsapp:", "received", "failed", "READ"]),
    st.text(alphabet="0123456789.-eE", max_size=20),
)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(FORMS), st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=6), st.data())
def test_a_form_with_other_values_is_read_or_refused(
    form: dict[str, str], changes: dict[str, str], data: st.DataObject
) -> None:
    lost = data.draw(st.sets(st.sampled_from(sorted(form)), max_size=3))
    fields = {name: value for name, value in (form | changes).items() if name not in lost}
    body = urlencode(fields, errors="surrogatepass").encode()
    for kit in (SMS, WHATSAPP):
        adapter = kit.build()
        for raw in adapter.split(kit.make(body)):
            with contextlib.suppress(ValueError):
                assert adapter.parse(JournalEvent(raw.key, {}, raw.body, RECEIVED_AT), kit.sender)
            adapter.show_raw(JournalEvent(raw.key, {}, raw.body, RECEIVED_AT)).encode()
