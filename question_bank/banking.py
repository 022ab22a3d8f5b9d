"""Banks: opened, changed, retired; and old rows brought up to what the tables say now."""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.orm import Session

from contest.core import audit, db
from contest.errors import N_, Conflict, Invalid, NotFound
from contest.rules.vietnamese import fold, nfc, tidy_name
from question_bank.formats import markup
from question_bank.models import PLATFORM, Bank, Question, QuestionVersion
from question_bank.queries import is_newest
from question_bank.rules import similarity

PLATFORM_NAME = N_("Ngân hàng chung")
NO_BANK = N_("Không tìm thấy ngân hàng câu hỏi này.")
TAKEN = N_("Mã “%(code)s” đã dùng cho một ngân hàng câu hỏi khác.")
NAMELESS = N_("Ngân hàng câu hỏi cần mã và tên.")
LONGEST_CODE = 40
LONGEST_NAME = 200


def platform_bank(session: Session) -> Bank:
    """Return the bank of the platform, shared with everybody; made when it is not there yet."""
    found = session.scalar(select(Bank).where(Bank.code == PLATFORM))
    if found is None:
        row = Bank(code=PLATFORM, name=PLATFORM_NAME, unit_id=None, is_shared_down=True)
        found = db.insert_free(session, row)
    return found or session.scalars(select(Bank).where(Bank.code == PLATFORM)).one()


def open_bank(
    session: Session,
    code: str,
    name: str,
    *,
    unit_id: int | None,
    is_shared_down: bool,
    by: int | None,
    now: datetime,
) -> Bank:
    """Open a bank of a unit (None: of the platform); Conflict when the code is taken.

    Who may is decided before (rules/access.py): the unit lies in the caller's part of the tree.
    """
    code, name = nfc(code)[:LONGEST_CODE], tidy_name(name)[:LONGEST_NAME]
    if not code or not name:
        raise Invalid(NAMELESS)
    row = Bank(code=code, name=name, unit_id=unit_id, is_shared_down=is_shared_down)
    opened = db.insert_free(session, row)
    if opened is None:
        raise Conflict(TAKEN, code=code)
    facts: dict[str, Any] = {"unit": unit_id, "shared": is_shared_down}
    subject = f"bank:{code}"
    audit.record(session, "banks.open", subject, by=by, now=now, unit_id=unit_id, **facts)
    session.flush()
    return opened


def change_bank(
    session: Session,
    bank_id: int,
    *,
    name: str,
    is_shared_down: bool,
    by: int | None,
    now: datetime,
) -> Bank:
    """Rename a bank or change with whom it is shared; what was drawn stays drawn."""
    bank = _lock(session, bank_id)
    if not tidy_name(name):
        raise Invalid(NAMELESS)
    bank.name, bank.is_shared_down = tidy_name(name)[:LONGEST_NAME], is_shared_down
    _record(session, "banks.change", bank, by=by, now=now, shared=is_shared_down)
    session.flush()
    return bank


def retire_bank(session: Session, bank_id: int, *, by: int | None, now: datetime) -> Bank:
    """Let nothing be drawn from a bank any more; a second time changes nothing."""
    bank = _lock(session, bank_id)
    if bank.retired_at is None:
        bank.retired_at = now
        _record(session, "banks.retire", bank, by=by, now=now)
        session.flush()
    return bank


def bring_back_bank(session: Session, bank_id: int, *, by: int | None, now: datetime) -> Bank:
    """Let a retired bank be drawn from again."""
    bank = _lock(session, bank_id)
    if bank.retired_at is not None:
        bank.retired_at = None
        _record(session, "banks.bring_back", bank, by=by, now=now)
        session.flush()
    return bank


def _lock(session: Session, bank_id: int) -> Bank:
    found = session.scalar(select(Bank).where(Bank.id == bank_id).with_for_update())
    if found is None:
        raise NotFound(NO_BANK)
    return found


def bring_up_to_date(session: Session) -> None:
    """Put questions of no bank into the platform's, and make findable what was stored before.

    Repeated without effect; run when an installation is made ready.
    """
    homeless = update(Question).where(Question.bank_id.is_(None))
    homeless = homeless.values(bank_id=platform_bank(session).id)
    session.execute(homeless, execution_options={"synchronize_session": False})
    version = QuestionVersion
    columns = (version.id, Question.code, version.text, version.options, version.rights)
    bare = (
        select(*columns, version.is_html).join(version, is_newest()).where(version.bands.is_(None))
    )
    rows = [_search_columns(row) for row in session.execute(bare)]
    if rows:
        table = cast("Table", version.__table__)
        names = ("search_text", "bands")
        filled = update(table).where(table.c.id == bindparam("n_id"))
        filled = filled.values({name: bindparam(f"n_{name}") for name in names})
        session.connection().execute(filled, rows)


def _search_columns(row: Any) -> dict[str, Any]:
    texts = (row.text, *row.options, *row.rights)
    plain = tuple(map(markup.plain, texts)) if row.is_html else texts
    bands = similarity.bands(similarity.shingles(plain))
    return {"n_id": row.id, "n_search_text": fold(" ".join((row.code, *plain))), "n_bands": bands}


def _record(
    session: Session, act: str, bank: Bank, *, by: int | None, now: datetime, **facts: Any
) -> None:
    subject = f"bank:{bank.code}"
    audit.record(session, act, subject, by=by, now=now, unit_id=bank.unit_id, **facts)
