"""The tables of the personal plane."""

from mobilise.referrals.model.base import NOT_RECORDED, Base, Record, new_id
from mobilise.referrals.model.bodies import Client, Location, Organisation, Post, Service, User
from mobilise.referrals.model.keys import Link, Session, UsedAssertion
from mobilise.referrals.model.people import Consent, Need, Person
from mobilise.referrals.model.referring import (
    Attendance,
    Contact,
    Referral,
    Response,
    Score,
    Task,
)
from mobilise.referrals.model.released import ReleasedPeriod, ReleaseLog
from mobilise.referrals.model.trail import (
    AuditEntry,
    AuditHead,
    ExportJob,
    Notice,
    SearchValue,
    Subscription,
    Version,
)

__all__ = [
    "NOT_RECORDED",
    "Attendance",
    "AuditEntry",
    "AuditHead",
    "Base",
    "Client",
    "Consent",
    "Contact",
    "ExportJob",
    "Link",
    "Location",
    "Need",
    "Notice",
    "Organisation",
    "Person",
    "Post",
    "Record",
    "Referral",
    "ReleaseLog",
    "ReleasedPeriod",
    "Response",
    "Score",
    "SearchValue",
    "Service",
    "Session",
    "Subscription",
    "Task",
    "UsedAssertion",
    "User",
    "Version",
    "new_id",
]
