"""Bulk export: every resource that the requester may see, as NDJSON, while they wait elsewhere."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, exists, or_, select

from mobilise.errors import CareError, InputError, NotThere
from mobilise.referrals.access.grants import GRANTS, allow
from mobilise.referrals.access.rows import visible
from mobilise.referrals.actors import Actor
from mobilise.referrals.fhir.searching import resources_of
from mobilise.referrals.keeping import MODEL_OF
from mobilise.referrals.model import Consent, ExportJob, Person, Record, new_id

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from mobilise.referrals.store import Store, Work

LASTS = timedelta(hours=24)
OF_PEOPLE = (
    "Patient",
    "Consent",
    "ServiceRequest",
    "Task",
    "Observation",
    "QuestionnaireResponse",
)
_PAGE = 500
# What somebody refused, withdrew or had erased since an export was asked for may be in it.
_OVERTAKEN = or_(
    exists().where(Consent.updated > ExportJob.asked, Consent.status.in_(("inactive", "rejected"))),
    exists().where(Person.erased_at > ExportJob.asked),
)


def ask(
    work: Work, request: str, types: Sequence[str], since: datetime | None, *, people_only: bool
) -> ExportJob:
    """Take down that somebody wants an export.

    Parameters
    ----------
    work
        The transaction.
    request
        The address that was asked.
    types
        The types wanted; all that the actor may search where none are named.
    since
        Only what changed since then.
    people_only
        Whether the Patient compartment alone is meant.
    """
    possible = [t for t in MODEL_OF if t != "Subscription" and (t in OF_PEOPLE or not people_only)]
    for type_ in types:
        if type_ not in possible:
            raise InputError("_type: not a type that can be exported here.")
        allow(work.actor, type_, "r")
    wanted = list(types) or [t for t in possible if _may(work.actor, t)]
    job = ExportJob(
        id=new_id(),
        requester=work.actor.who,
        role=work.actor.role,
        organisation_id=work.actor.organisation_id,
        scopes=None if work.actor.scopes is None else " ".join(sorted(work.actor.scopes)),
        asked=work.now,
        request=request,
        status="waiting",
        types=" ".join(wanted),
        since=since,
        expires=work.now + LASTS,
    )
    work.session.add(job)
    work.note("export", "Bundle", job.id, detail=job.types)
    work.told = True
    return job


def _may(actor: Actor, type_: str) -> bool:
    if "r" not in GRANTS.get(type_, {}).get(actor.role, ""):
        return False
    try:
        allow(actor, type_, "r")
    except PermissionError:
        return False
    return True


def job_of(work: Work, job_id: str) -> ExportJob:
    """Return an export of the actor's own."""
    job = work.session.get(ExportJob, job_id)
    ours = job is not None and job.requester == work.actor.who and job.expires > work.now
    stale = select(ExportJob.id).where(ExportJob.id == job_id, _OVERTAKEN)
    if job is None or not ours or work.session.scalar(stale) is not None:
        raise NotThere("there is no such export, or it is over; ask for a new one.")
    return job


def run_waiting(store: Store, folder: Path) -> int:
    """Carry out every export that waits; return how many there were."""
    with store.reading() as session:
        query = select(ExportJob).where(ExportJob.status.in_(("waiting", "running")))
        jobs = list(session.scalars(query.order_by(ExportJob.asked)))
    for job in jobs:
        try:
            _run(store, job, folder)
        except (CareError, OSError):
            remove(folder, job.id)
            _end(store, job, "failed", [], folder)
    return len(jobs)


def clear(store: Store, folder: Path, now: datetime) -> None:
    """Remove the files and jobs whose time is over, or that hold what was taken back since."""
    with store.reading() as session:
        query = select(ExportJob).where(or_(ExportJob.expires <= now, _OVERTAKEN))
        over = list(session.scalars(query))
    for job in over:
        remove(folder, job.id)
        with store.work(_actor(job)) as work:
            work.session.execute(delete(ExportJob).where(ExportJob.id == job.id))


def remove(folder: Path, job_id: str) -> None:
    """Remove every file of an export, whole or not."""
    for path in folder.glob(f"{job_id}-*"):
        path.unlink(missing_ok=True)


def path_of(folder: Path, job_id: str, type_: str) -> Path:
    """Return where the file of one type lies."""
    return folder / f"{job_id}-{type_}.ndjson"


def _actor(job: ExportJob) -> Actor:
    scopes = None if job.scopes is None else frozenset(job.scopes.split())
    return Actor(job.requester, job.role, job.organisation_id, scopes)


def _run(store: Store, job: ExportJob, folder: Path) -> None:
    files: list[dict[str, Any]] = []
    for type_ in job.types.split():
        count = _write(store, job, type_, folder)
        if count:
            files.append({"type": type_, "count": count})
    _end(store, job, "complete", files, folder)


def _end(
    store: Store, job: ExportJob, status: str, files: list[dict[str, Any]], folder: Path
) -> None:
    with store.work(_actor(job)) as work:
        kept = work.session.get(ExportJob, job.id)
        if kept is not None:
            kept.status, kept.files = status, json.dumps(files)
        else:  # given up meanwhile
            remove(folder, job.id)


def _write(store: Store, job: ExportJob, type_: str, folder: Path) -> int:
    """Write one type, a page a transaction, beside and then renamed; return how many there are."""
    path = path_of(folder, job.id, type_)
    beside = path.with_suffix(f".{new_id()}.part")  # another process may be writing it too
    count, after = 0, ""
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        while True:
            with store.work(_actor(job)) as work:
                records = _page(work, MODEL_OF[type_], job.since, after)
                for resource in resources_of(work, type_, records, "export"):
                    file.write(json.dumps(resource, ensure_ascii=False) + "\n")
                    count += 1
            if not records:
                break
            after = records[-1].id
    beside.replace(path)
    return count


def _page(work: Work, model: type[Record], since: datetime | None, after: str) -> list[Record]:
    query = select(model).where(visible(work.actor, model), model.id > after)
    if since is not None:
        query = query.where(model.updated >= since)
    return list(work.session.scalars(query.order_by(model.id).limit(_PAGE)))
