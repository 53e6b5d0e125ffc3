"""The personal plane: people, referrals and what comes of them, over FHIR R4.

Nothing of the open plane imports this room; `mobilise.disclosure` is the only exit from it.

Work is done as an actor, in one transaction that ends with its audit entries:

>>> import tempfile
>>> from mobilise.referrals import NewPerson, Actor, add_organisation, open_store, operator, refer
>>> folder = tempfile.TemporaryDirectory()
>>> store = open_store(f"sqlite:///{folder.name}/care.db")
>>> with store.work(operator()) as work:
...     practice = add_organisation(work, "Invented Practice", "practice")
...     team = add_organisation(work, "Invented Link Workers", "link worker service")
>>> with store.work(Actor("user/1", "referrer", practice.id)) as work:
...     task = refer(
...         work,
...         NewPerson("Ada", "Invented"),
...         to=team.id,
...         needs=["loneliness"],
...         consented=["referral", "feedback"],
...     )
>>> task.status
'requested'
>>> store.close()
>>> folder.cleanup()
"""

from mobilise.referrals.actors import Actor, operator
from mobilise.referrals.consents import record_consent, record_refusal, shared, withdraw
from mobilise.referrals.counting import Counted, counted
from mobilise.referrals.listing import Case, Line, case, caseload, inbox, referred
from mobilise.referrals.organising import (
    Directory,
    ListedService,
    add_organisation,
    add_service,
    take_in,
    take_in_all,
)
from mobilise.referrals.referring import (
    NewPerson,
    accept,
    cancel,
    decline,
    pause,
    record_offer,
    refer,
    register,
    send_on,
    start,
    task_of,
)
from mobilise.referrals.store import Store, Work, open_store
from mobilise.referrals.supporting import (
    MessageBack,
    complete,
    fail,
    message_back,
    record_attendance,
    record_contact,
    record_outcome,
    schedule,
)
from mobilise.referrals.words import words
from mobilise.referrals.workflow import move, reopen

__all__ = [
    "Actor",
    "Case",
    "Counted",
    "Directory",
    "Line",
    "ListedService",
    "MessageBack",
    "NewPerson",
    "Store",
    "Work",
    "accept",
    "add_organisation",
    "add_service",
    "cancel",
    "case",
    "caseload",
    "complete",
    "counted",
    "decline",
    "fail",
    "inbox",
    "message_back",
    "move",
    "open_store",
    "operator",
    "pause",
    "record_attendance",
    "record_consent",
    "record_contact",
    "record_offer",
    "record_outcome",
    "record_refusal",
    "refer",
    "referred",
    "register",
    "reopen",
    "schedule",
    "send_on",
    "shared",
    "start",
    "take_in",
    "take_in_all",
    "task_of",
    "withdraw",
    "words",
]
