"""Where Meta's decisions are appealed against (providers.md, policy facts)."""

from hub.types.bans import AppealPlace

SUPPORT_HOME = "https://business.facebook.com/business-support-home"

OF_PAGES = AppealPlace(
    "Somebody who administers the page asks for a review in Meta's Business Support Home", SUPPORT_HOME
)
# Resellers agree on the place, on who may ask, and on 90 days from the notice of the violation
# (help pages of Vonage, BotSpace and kapso)
OF_BUSINESS_ACCOUNTS = AppealPlace(
    "An admin of your business portfolio asks for a review in Meta's Business Support Home; nobody else can",
    SUPPORT_HOME,
    days=90,
    checked=True,
)
