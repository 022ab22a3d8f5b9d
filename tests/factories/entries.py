"""Rounds of entries, and entries handed in, as plain facts."""

from __future__ import annotations

import hashlib
import itertools
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from factories.contests import OPENING, make_round
from sqlalchemy.orm import Session

from contest.contests.models import Contest, Registration, Round
from contest.core import ids
from contest.entries.models import Entry, EntryState, EntryVersion
from contest.rules.entry_rules import EVERY, Check, EntryKind, EntryRules
from contest.rules.rubric import Criterion, Level, Rubric

HOUR = timedelta(hours=1)
_numbers = itertools.count(1)

RUBRIC = Rubric(
    (
        Criterion(
            code="content",
            name="Nội dung đúng và có ích",
            name_en="Right and useful content",
            about="Kỹ năng số được chỉ đúng, người xem làm theo được.",
            about_en="The skill is shown rightly and can be followed.",
            weight=Decimal(2),
            least=Decimal(0),
            most=Decimal(10),
            step=Decimal("0.5"),
            levels=(
                Level(Decimal(4), "Còn sai hoặc thiếu bước.", "Steps are wrong or missing."),
                Level(Decimal(7), "Đúng, làm theo được.", "Right, can be followed."),
                Level(Decimal(10), "Đúng, dễ làm theo, có ví dụ hay.", "Right, easy, well shown."),
            ),
            is_counted=True,
        ),
        Criterion(
            code="form",
            name="Cách thể hiện",
            name_en="Form",
            about="Hình, tiếng, lời rõ ràng.",
            about_en="Picture, sound and words are clear.",
            weight=Decimal(1),
            least=Decimal(0),
            most=Decimal(10),
            step=Decimal("0.5"),
            levels=(),
            is_counted=True,
        ),
    )
)
CHECKLIST = (
    Check("open", "Tự mở ứng dụng VNeID", "Opens VNeID unaided", Decimal(1)),
    Check("sign_in", "Đăng nhập được", "Signs in", Decimal(2)),
    Check("find", "Tìm được dịch vụ công cần dùng", "Finds the service", Decimal(2)),
)


def entry_rules(**facts: Any) -> EntryRules:
    """Rules of a round of videos unless told otherwise."""
    return EntryRules(
        **{
            "kinds": (EntryKind.VIDEO,),
            "checklist": CHECKLIST if EntryKind.PRACTICAL in facts.get("kinds", ()) else (),
            "rubrics": {EVERY: RUBRIC},
            **facts,
        }
    )


def make_entries_round(
    session: Session,
    contest: Contest,
    code: str | None = None,
    rules: EntryRules | None = None,
    **facts: Any,
) -> Round:
    """Add a round of entries that opens at OPENING for a week."""
    rules = rules or entry_rules()
    return make_round(
        session,
        contest,
        code,
        **{"kind": "entries", "entries": rules.as_json(), "plan": [], "ties": [], **facts},
    )


def make_entry(
    session: Session,
    round_: Round,
    registration: Registration,
    *,
    kind: str = "video",
    sent_at: datetime | None = None,
    is_draft: bool = False,
    **facts: Any,
) -> Entry:
    """Add an entry without files, handed in a day after opening unless it is a draft."""
    number = next(_numbers)
    sent_at = None if is_draft else sent_at or OPENING + timedelta(days=1, minutes=number)
    entry = Entry(
        code=ids.new_code(),
        blind_code=ids.new_code(),
        round_id=round_.id,
        registration_id=registration.id,
        division_id=registration.division_id,
        kind=kind,
        state=EntryState.DRAFT if is_draft else EntryState.SENT,
        created_at=round_.opens_at + HOUR,
        changed_at=round_.opens_at + HOUR,
        sent_at=sent_at,
        version=0 if is_draft else 1,
        **{
            "no": 1,
            "title": f"Bài dự thi {number}",
            "text": "Hướng dẫn bà con dùng dịch vụ công.",
            "figures": [],
            "links": [],
            "members": [],
            "languages": [],
            "shows_in_gallery": False,
            **facts,
        },
    )
    if sent_at is not None and entry.jury_languages is None:
        entry.jury_languages = entry.languages
    session.add(entry)
    session.flush()
    if sent_at is not None:
        content = {
            "kind": entry.kind,
            "title": entry.title,
            "text": entry.text,
            "figures": entry.figures,
            "links": entry.links,
            "members": entry.members,
            "files": [],
            **({"languages": entry.languages} if entry.languages else {}),
        }
        session.add(
            EntryVersion(
                entry_id=entry.id,
                no=1,
                sent_at=sent_at,
                content=content,
                digest=hashlib.sha256(repr(content).encode()).hexdigest(),
                receipt=ids.new_code(16),
                is_late=False,
            )
        )
        session.flush()
    return entry
