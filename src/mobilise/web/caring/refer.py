"""A new referral, in under a minute."""

from datetime import date

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy import select

from mobilise.errors import InputError, MobiliseError, NotSignedIn
from mobilise.referrals import NewPerson
from mobilise.referrals import refer as refer_person
from mobilise.referrals.model import NOT_RECORDED, Organisation
from mobilise.referrals.words import words
from mobilise.web.caring.door import Caller, Posted, Signed, care_page, done_once
from mobilise.web.forms import Fields, one

router = APIRouter()
PURPOSES = ("referral", "sharing", "feedback")


@router.get("/refer")
def refer_page(request: Request, caller: Signed) -> HTMLResponse:
    """Ask for what a referral needs, and no more."""
    return _form(request, caller, {})


@router.post("/refer")
def referred(request: Request, caller: Signed, fields: Posted) -> Response:
    """Refer somebody; what cannot be taken comes back with everything that was written."""

    def work() -> str:
        with caller.store.work(caller.actor) as work:
            task = refer_person(
                work,
                _person(fields),
                to=one(fields, "to"),
                needs=fields.get("needs", []),
                consented=[p for p in fields.get("consented", []) if p in PURPOSES],
                route=one(fields, "route", "gp"),
                reason=one(fields, "reason") or None,
                priority=one(fields, "priority", "routine"),
            )
        return f"/care/tasks/{task.id}?done=referred"

    try:
        return done_once(request, caller, fields, work)
    except NotSignedIn:
        raise
    except MobiliseError as error:
        return _form(request, caller, fields, fault=str(error))


def _person(fields: Fields) -> NewPerson:
    born = one(fields, "birth_date")
    try:
        birth_date = date.fromisoformat(born) if born else None
    except ValueError as error:
        raise InputError("the date of birth is no date; write it as 1950-12-31.") from error
    if not one(fields, "phone") and not one(fields, "email"):
        raise InputError("give a telephone number or an e-mail address: somebody will ring.")
    number = one(fields, "nhs_number").replace(" ", "")
    return NewPerson(
        given=one(fields, "given"),
        family=one(fields, "family"),
        birth_date=birth_date,
        sex=one(fields, "sex") or NOT_RECORDED,
        ethnicity=one(fields, "ethnicity") or NOT_RECORDED,
        language=one(fields, "language") or NOT_RECORDED,
        nhs_number=number or None,
        phone=one(fields, "phone") or None,
        email=one(fields, "email") or None,
        postcode=one(fields, "postcode").upper() or NOT_RECORDED,
        practice_id=None,
    )


def _form(request: Request, caller: Caller, fields: Fields, fault: str = "") -> HTMLResponse:
    said = words()
    with caller.store.reading() as session:
        teams = session.execute(
            select(Organisation.id, Organisation.name)
            .where(Organisation.kind == "link worker service", Organisation.active)
            .order_by(Organisation.name, Organisation.id)
        ).all()
    return care_page(
        request,
        caller,
        "refer.html",
        422 if fault else 200,
        fields=fields,
        fault=fault,
        teams=[(str(id_), str(name)) for id_, name in teams],
        needs=said["needs"],
        routes=said["routes"],
        sexes=said["sexes"],
        ethnicities={code: entry["name"] for code, entry in said["ethnicities"].items()},
        purposes={name: said["purposes"][name] for name in PURPOSES},
    )
