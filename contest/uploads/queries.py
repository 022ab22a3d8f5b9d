"""Reading uploads."""

from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from contest.errors import N_, NotFound
from contest.uploads.models import State, Upload

NONE = N_("Không có tệp này, hoặc tệp gửi dở đã quá hạn và được dọn đi.")


def own(session: Session, code: str, *, by: int, locks: bool = False) -> Upload:
    """Return the account's upload; NotFound for anybody else's."""
    wanted = select(Upload).where(Upload.code == code, Upload.owner_id == by)
    if locks:
        wanted = wanted.with_for_update()
    found = session.scalar(wanted)
    if found is None:
        raise NotFound(NONE)
    return found


def by_code(session: Session, code: str) -> Upload | None:
    """Return the upload, whoever's it is (for the worker)."""
    return session.scalar(select(Upload).where(Upload.code == code))


def unfinished(session: Session, *, by: int, purpose: str, subject: str) -> list[Upload]:
    """List what the account has half sent for a purpose, the newest first."""
    mine = select(Upload).where(
        Upload.owner_id == by,
        Upload.purpose == purpose,
        Upload.subject == subject,
        Upload.state == State.COMING,
    )
    return list(session.scalars(mine.order_by(Upload.id.desc())))


def count_unfinished(session: Session, *, by: int, purpose: str) -> int:
    """Count the files the account has half sent for a purpose, whatever their subject."""
    mine = (Upload.owner_id == by, Upload.purpose == purpose, Upload.state == State.COMING)
    return session.scalar(select(func.count(Upload.id)).where(*mine)) or 0


def staged(session: Session, codes: Collection[str]) -> set[str]:
    """Return those of `codes` whose bytes still belong in staging."""
    here = (Upload.code.in_(codes), Upload.state != State.READY)
    return set(session.scalars(select(Upload.code).where(*here)))


def storage_keys(session: Session, codes: Collection[str]) -> set[str]:
    """Return the keys in storage that uploads of `codes` point at."""
    wanted = select(Upload.storage_key).where(Upload.code.in_(codes))
    return {key for key in session.scalars(wanted) if key is not None}


def still_arriving(session: Session, codes: Collection[str]) -> set[str]:
    """Return those of `codes` that a job may be moving into storage now."""
    moving = (Upload.code.in_(codes), Upload.state == State.RECEIVED)
    return set(session.scalars(select(Upload.code).where(*moving)))
