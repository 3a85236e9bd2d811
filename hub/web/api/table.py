"""All endpoints of the API. A new module adds one line here."""

from hub.web.api import (
    channels,
    contacts,
    conversations,
    docs,
    files,
    groups,
    messages,
    organization,
    platform,
    stream,
    users,
)
from hub.web.api.frame import Endpoint

ENDPOINTS: tuple[Endpoint, ...] = (
    *channels.ENDPOINTS,
    *conversations.ENDPOINTS,
    *messages.ENDPOINTS,
    *files.ENDPOINTS,
    *contacts.ENDPOINTS,
    *groups.ENDPOINTS,
    *users.ENDPOINTS,
    *organization.ENDPOINTS,
    *stream.ENDPOINTS,
    *platform.ENDPOINTS,
    *docs.ENDPOINTS,
)
