"""The background task that opens, follows and closes incidents by the controller's clock.

All of one round is one transaction that begins with the lock on what is open, so that a second process, or a restart
in the middle, finds either all of it or nothing.
"""

from __future__ import annotations

from sqlmodel import Session

from controller import our_side, planned
from controller.admission_data import default_calendar
from controller.db import begin_write
from controller.incidents import gather, verdicts
from controller.incidents.apply import open_book
from controller.services import Services
from monitoring.incident_steps import OurSide
from monitoring.incidents import advance
from monitoring.status import silent_after

KIND = "incident"  # of changes that pages hear


def tick(services: Services, now: float) -> int:
    """One round; how many steps were taken."""
    with Session(services.engine, expire_on_commit=False) as session:
        connection = session.connection()
        begin_write(connection)
        book = open_book(session, now)
        members = {member.school_id for some in book.members.values() for member in some}
        schools = gather.seen(
            connection, members, planned.schools(connection, now), silent_after(services.settings.beat_every)
        )
        side, well = our_side.read(connection), gather.well(connection)
        known = gather.known(book.incidents.values(), book.members)
        steps = advance(known, schools, well, now, OurSide(since=side.since if side.is_cut else None, ended=side.ended))
        book.unheard = side.schools
        book.take(steps)
        book.count_unheard()
        seen = {one.id: one for one in schools}
        facts = verdicts.Facts(
            session=session,
            now=now,
            zone=services.settings.zone,
            well=well,
            seen=seen,
            is_our_side=side.since is not None and side.is_held(now),
            calendar=default_calendar(connection),
        )
        verdicts.update(book, facts)
        session.commit()
    for school in book.touched:
        services.changes.publish(school, KIND)
    if book.changed and not book.touched:
        services.changes.publish(None, KIND)
    return len(steps)
