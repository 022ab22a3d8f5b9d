"""A province with a contest of entries, its organizers and examiners, files in every phase."""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from factories.contests import OPENING, make_contest, make_division, make_registration
from factories.entries import entry_rules, make_entries_round, make_entry
from factories.people import make_account, make_grant, make_unit
from sqlalchemy.orm import Session

from contest.accounts.models import Account, Unit
from contest.contests.models import Contest, Division, Registration, Round
from contest.core import ids, jobs
from contest.core.jobs import Job
from contest.core.visitor import Scope, Visitor
from contest.entries.models import Entry, EntryFile, SimilarityFlag
from contest.media.models import Media, MediaFile, State
from contest.rules.entry_rules import EntryRules
from contest.rules.media import FileKind, Limits

AT = OPENING + timedelta(days=2)
_numbers = itertools.count(1)


@dataclass
class Scene:
    """`commune` lies in `province`, which owns the contest; `other` is another commune."""

    session: Session
    province: Unit
    commune: Unit
    other: Unit
    contest: Contest
    division: Division
    round: Round
    people: list[Registration] = field(default_factory=list)

    def person(self, name: str = "Lò Thị Lan", *, unit: Unit | None = None) -> Registration:
        """Add somebody registered, of the commune unless told otherwise."""
        account = make_account(self.session, unit or self.commune, name)
        made = make_registration(self.session, self.contest, self.division, account)
        self.people.append(made)
        return made

    def entry(self, name: str = "Lò Thị Lan", **facts: Any) -> Entry:
        """Add an entry of somebody new, handed in unless told otherwise."""
        round_ = facts.pop("round_", self.round)
        return make_entry(self.session, round_, self.person(name), **facts)

    def account(self, role: str | None, unit: Unit | None = None, name: str = "Ban Tổ chức"):
        account = make_account(self.session, unit or self.province, name)
        if role is not None:
            make_grant(self.session, account, role, unit or self.province)
        return account

    def visitor(self, role: str = "organizer", unit: Unit | None = None) -> Visitor:
        account = self.account(role, unit)
        path = (unit or self.province).path
        return Visitor(account.id, 1, "code", account.name, (Scope(role, path),))


def make_scene(session: Session, rules: EntryRules | None = None, **facts: Any) -> Scene:
    province = make_unit(session, "tinh", "Tỉnh Lào Cai", "province")
    commune = make_unit(session, "ban-ho", "Xã Bản Hồ", parent=province)
    # Invented names: a commune of the real list would be there twice on a journey's site.
    other = make_unit(session, "si-ma-cai", "Xã Nà Mây", parent=province)
    contest = make_contest(session, "hoi-thi", province)
    division = make_division(session, contest, "hoc-sinh", name="Học sinh", name_en="Pupils")
    round_ = make_entries_round(
        session, contest, "video", rules or entry_rules(), **{"name": "Vòng video", **facts}
    )
    session.flush()
    return Scene(session, province, commune, other, contest, division, round_)


def make_file(
    session: Session,
    entry: Entry,
    state: str = "ready",
    *,
    name: str = "Video của em.mp4",
    received_at: datetime | None = None,
    **facts: Any,
) -> EntryFile:
    """Add a file to an entry: ready, waiting, coming, rejected, kept, stuck, stopped, unstored."""
    number = next(_numbers)
    sha256 = facts.pop("sha256", hashlib.sha256(str(number).encode()).hexdigest())
    file = EntryFile(
        code=ids.new_code(),
        entry_id=entry.id,
        what="clip",
        upload=ids.new_code(24),
        name=name,
        bytes=1024 * 1024 * 3,
        sha256=None if state in {"coming", "unstored"} else sha256,
        media=None,
        about="",
        captions=None,
        begun_at=received_at or AT,
        received_at=received_at or AT + timedelta(minutes=number),
        removed_at=facts.pop("removed_at", None),
        **facts,
    )
    session.add(file)
    session.flush()
    if state not in {"coming", "unstored"}:
        file.media = _medium(session, entry, state, name, sha256).code
    elif state == "unstored":
        job = _job(session, "uploads.finish", f"upload:{file.upload}", {"code": file.upload})
        job.state, job.tries = jobs.State.FAILED, 3
        job.error = jobs.kept_error(OSError("no space"), reference="abcd1234")
    session.flush()
    return file


def _job(session: Session, name: str, subject: str, args: dict[str, Any]) -> Job:
    facts = {"title": "Xử lý video dự thi", "subject": subject, "by": None, "now": AT}
    return jobs.enqueue(session, name, args, **facts)


REASON = {"kind": "Invalid", "message": "Tệp rỗng (0 byte).", "facts": {}, "problems": {}}


def _medium(session: Session, entry: Entry, state: str, name: str, sha256: str) -> Media:
    code = ids.new_code()
    subject = f"entry:{entry.code}"
    job = _job(session, "media.process", subject, {"media": code})
    if state in {"stuck", "stopped"}:
        job.state = jobs.State.FAILED if state == "stuck" else jobs.State.CANCELLED
        job.tries = 3
        job.error = jobs.kept_error(RuntimeError(), reference="abcd1234")
    elif state != "waiting":
        job.state = jobs.State.DONE
    key = f"uploads/{code}"
    media = Media(
        code=code,
        subject=subject,
        what="clip",
        state=state if state in {"ready", "rejected", "kept"} else State.WAITING,
        name=name,
        limits=Limits().as_dict(),
        job=job.code,
        reason=REASON if state == "rejected" else None,
        trouble={"reason": "memory", "tail": "moov atom <not> found", "try": 3}
        if state == "stuck"
        else None,
        created_at=AT,
        ended_at=AT if state in {"ready", "rejected", "kept"} else None,
        files=[
            MediaFile(
                kind=FileKind.ORIGINAL,
                key=key,
                media_type="video/mp4",
                bytes=5,
                sha256=sha256,
            )
        ],
    )
    if state == "ready":
        for kind in (FileKind.SMALL, FileKind.POSTER):
            media.files.append(
                MediaFile(
                    kind=kind,
                    key=f"media/{code}/{kind}",
                    media_type="video/mp4" if kind is FileKind.SMALL else "image/jpeg",
                    bytes=5,
                    sha256=hashlib.sha256(f"{code}{kind}".encode()).hexdigest(),
                    width=640,
                    height=360,
                    seconds=12.0,
                )
            )
    session.add(media)
    session.flush()
    return media


def flagged(session: Session, first: Entry, second: Entry, **facts: Any) -> SimilarityFlag:
    """Add a likeness of two entries, the first one sent earlier."""
    flag = SimilarityFlag(
        code=ids.new_code(),
        round_id=facts.pop("round_id", second.round_id),
        entry_id=second.id,
        other_id=first.id,
        media=facts.pop("media", ids.new_code()),
        other_media=facts.pop("other_media", ids.new_code()),
        sense="picture",
        seconds=10,
        at_s=3,
        there_s=8,
        share=0.9,
        found_at=AT,
        **facts,
    )
    session.add(flag)
    session.flush()
    return flag


def account_of(session: Session, registration: Registration) -> Account:
    return session.get_one(Account, registration.account_id)
