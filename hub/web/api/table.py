"""All endpoints of the API. A new module adds one line here."""

from hub.web.api import (
    audit,
    channels,
    contacts,
    conversations,
    docs,
    files,
    groups,
    messages,
    organization,
    platform,
    privacy,
    providers,
    stream,
    suspension,
    users,
)
from hub.web.api.frame import Endpoint

ENDPOINTS: tuple[Endpoint, ...] = (
    *channels.ENDPOINTS,
    *conversations.ENDPOINTS,
    *messages.ENDPOINTS,
    *files.ENDPOINTS,
    *contacts.ENDPOINTS,
    *privacy.ENDPOINTS,
    *groups.ENDPOINTS,
    *users.ENDPOINTS,
    *organization.ENDPOINTS,
    *stream.ENDPOINTS,
    *suspension.ENDPOINTS,
    *platform.ENDPOINTS,
    *providers.ENDPOINTS,
    *audit.ENDPOINTS,
    *docs.ENDPOINTS,
)
