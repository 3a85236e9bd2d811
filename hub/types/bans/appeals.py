"""Where a provider's decision can be appealed against."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AppealPlace:
    """What a channel kind knows of appeals.

    who      a sentence: who appeals, and where
    link     https URL of that place, "" where there is none
    days     within which an appeal is taken, counted from the ban; None: no deadline is known
    checked  whether published words of the provider, or of several who sell it, say so; else it is hearsay
    """

    who: str
    link: str = ""
    days: int | None = None
    checked: bool = False
