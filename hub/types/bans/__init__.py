"""Bans: what providers signal about a sender, what it means, and the case that follows."""

from hub.types.bans.appeals import AppealPlace
from hub.types.bans.cases import (
    AcceptedBy,
    AppealState,
    BanCase,
    BanState,
    Kept,
    Offer,
    Possibility,
    RemedyState,
    RemedyStep,
)
from hub.types.bans.looks import Drift, DriftKind, Look
from hub.types.bans.signals import (
    Act,
    Confidence,
    Fellow,
    History,
    Judgement,
    RemedyKind,
    Signal,
    SignalSource,
    Standing,
    Volume,
)
from hub.types.bans.wishes import BanCaps, BanWishes

__all__ = [
    "AcceptedBy",
    "Act",
    "AppealPlace",
    "AppealState",
    "BanCaps",
    "BanCase",
    "BanState",
    "BanWishes",
    "Confidence",
    "Drift",
    "DriftKind",
    "Fellow",
    "History",
    "Judgement",
    "Kept",
    "Look",
    "Offer",
    "Possibility",
    "RemedyKind",
    "RemedyState",
    "RemedyStep",
    "Signal",
    "SignalSource",
    "Standing",
    "Volume",
]
