"""Sending a list in and loading it: the file kept, looked over, then written by a job."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from contest.accounts import people_file
from contest.accounts.importing import planning, workbooks, writing
from contest.accounts.importing.outcome import Fate, Plan
from contest.accounts.models import PeopleFile
from contest.accounts.people_file import Kind
from contest.core import ids, jobs, passwords
from contest.core.jobs import Job
from contest.core.sealing import Sealer
from contest.core.storage import Storage
from contest.core.work import Work
from contest.errors import N_, Conflict, NotFound

CSV_OR_XLSX = "application/octet-stream"
KEPT = timedelta(hours=24)  # temporary passwords in clear, and the list itself
ROUNDS = 5  # while others keep taking the logins a plan counts on
LONGEST_NAME = 200  # characters of a file's name

NO_FILE = N_("Không tìm thấy tệp này, hoặc tệp đã quá một ngày và được dọn đi. Bạn hãy gửi lại.")
MEANWHILE = N_("Danh sách người dùng đang được thay đổi liên tục. Bạn hãy thử lại sau ít phút.")
TITLES: Mapping[Kind, str] = {
    Kind.PEOPLE: N_("Nạp danh sách người dự thi"),
    Kind.STAFF: N_("Nạp danh sách giám khảo, người hỗ trợ"),
    Kind.HEADCOUNTS: N_("Nạp số người của đơn vị"),
}
HASHING = N_("Đang tạo mật khẩu tạm")
READING = N_("Đang đối chiếu danh sách")
RESULTS = "Kết quả nạp danh sách.xlsx"


class _Overtaken(Exception):
    """Between plan and writing somebody else wrote what the plan counted on."""


def send(
    session: Session,
    storage: Storage,
    data: bytes,
    kind: Kind,
    *,
    name: str,
    by: int,
    now: datetime,
) -> PeopleFile:
    """Keep a file to be looked over; Invalid when it cannot be read. Bytes first, row second."""
    people_file.read(data, kind)
    code = ids.new_code()
    storage.put(jobs.source_key(code), data, CSV_OR_XLSX)
    sent = PeopleFile(code=code, kind=kind, name=name[:LONGEST_NAME], owner_id=by, sent_at=now)
    session.add(sent)
    session.flush()
    return sent


def sent_file(session: Session, code: str, *, by: int) -> PeopleFile:
    """Return a file its owner has sent; NotFound for anybody else."""
    found = session.scalar(
        select(PeopleFile).where(PeopleFile.code == code, PeopleFile.owner_id == by)
    )
    if found is None:
        raise NotFound(NO_FILE)
    return found


def job_of(session: Session, code: str) -> Job | None:
    """Return the job that loads a file, once somebody asked for it."""
    return session.scalar(select(Job).where(Job.code == code))


def looked_over(
    session: Session, storage: Storage, sent: PeopleFile, *, sealer: Sealer, today: date
) -> Plan:
    """Say what loading the file would do now; nothing is written."""
    kind = Kind(sent.kind)
    listed = people_file.read(_bytes(storage, sent.code), kind)
    return planning.make(session, listed, kind, by=sent.owner_id, sealer=sealer, today=today)


def _bytes(storage: Storage, code: str) -> bytes:
    if not storage.exists(jobs.source_key(code)):
        raise NotFound(NO_FILE)
    with storage.open(jobs.source_key(code)) as file:
        return file.read()


def ask(
    session: Session, storage: Storage, code: str, *, by: int, now: datetime, today: date
) -> str:
    """Let the worker load a file; return the job's code. Asking twice asks once."""
    sent = sent_file(session, code, by=by)
    if job_of(session, code) is not None:
        return code
    if not storage.exists(jobs.source_key(code)):
        raise NotFound(NO_FILE)
    kind = Kind(sent.kind)
    jobs.enqueue(
        session,
        "accounts.import_people",
        {"kind": kind.value, "today": today.isoformat()},
        title=TITLES[kind],
        subject=f"people-file:{code}",
        by=by,
        now=now,
        code=code,
        has_source=True,
    )
    return code


def load(work: Work) -> None:
    """Do the job: plan, hash outside any transaction, plan again and write in one.

    Killed or overtaken, it begins anew: nothing of a half is ever there, and a file loaded twice
    finds everybody known. The passwords stand in the job's file alone, which goes after a day.
    """
    kind, today = Kind(work.args["kind"]), date.fromisoformat(work.args["today"])
    with work.source() as file:
        listed = people_file.read(file.read(), kind)
    by, sealer = work.by, work.sealer
    if by is None:
        raise NotFound(NO_FILE)
    secrets: dict[int, str] = {}
    hashes: dict[int, str] = {}
    for _ in range(ROUNDS):
        work.progress(0, len(listed.lines), READING)
        with work.reading() as reading:
            plan = planning.make(reading, listed, kind, by=by, sealer=sealer, today=today)
        _hash(work, plan, secrets, hashes)
        work.attach(RESULTS, workbooks.XLSX, workbooks.made(plan, secrets), kept=KEPT)
        try:
            with work.finish() as session:
                again = planning.make(session, listed, kind, by=by, sealer=sealer, today=today)
                _ensure_same(plan, again)
                now, code = work.now(), work.claim.code
                writing.write(session, plan, hashes, sealer=sealer, by=by, now=now, file=code)
        except (_Overtaken, IntegrityError):
            continue
        return
    raise Conflict(MEANWHILE)


def _ensure_same(plan: Plan, again: Plan) -> None:
    if again.acts != plan.acts:
        raise _Overtaken


def _hash(work: Work, plan: Plan, secrets: dict[int, str], hashes: dict[int, str]) -> None:
    """Make and hash a temporary password for every new account that has none yet."""
    new = [line.number for line in plan.lines if line.fate is Fate.NEW]
    for done, number in enumerate(new):
        work.progress(done, len(new), HASHING)
        if number not in hashes:
            secrets[number] = ids.new_password()
            hashes[number] = passwords.hash_password(secrets[number])
    work.progress(len(new), len(new), HASHING)
