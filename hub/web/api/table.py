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
    notifications,
    organization,
    platform,
    privacy,
    providers,
    stream,
    suspension,
    templates,
    touching,
    users,
)
from hub.web.api.frame import Endpoint

ENDPOINTS: tuple[Endpoint, ...] = (
    *channels.ENDPOINTS,
    *templates.ENDPOINTS,
    *conversations.ENDPOINTS,
    *messages.ENDPOINTS,
    *touching.ENDPOINTS,
    *notifications.ENDPOINTS,
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
