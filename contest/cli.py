"""Door 3: the operator. `python -m contest.cli --help`."""

import hashlib
import os
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from contest import tables
from contest.accounts import list_file, unit_file
from contest.accounts import queries as people_read
from contest.accounts import service as people
from contest.accounts.models import Account, Role
from contest.audiences import service as groups
from contest.config import ROOT, Settings, SettingsError
from contest.contests import contest_file
from contest.contests import service as contests
from contest.contests.models import Contest
from contest.core import audit, clock, db, ids, passwords, schema
from contest.core.sealing import Sealer
from contest.errors import ContestError, Invalid
from contest.judging import result_file
from contest.web import assets
from question_bank import service as bank
from question_bank.formats import registry

DATA = ROOT / "contest" / "data"
CONTENT = ROOT / "question_bank" / "content"
FIRST_LOGIN = "bantochuc"
STOP_SECONDS = 20


@contextmanager
def _opened() -> Iterator[tuple[Settings, Engine]]:
    """Open the database the environment names; say what is wrong in one line, without a trace."""
    try:
        settings = Settings.from_env()
    except SettingsError as error:
        raise click.ClickException(str(error)) from error
    engine = db.connect(settings.database_url, pool_size=2)
    try:
        yield settings, engine
    except ContestError as error:
        raise click.ClickException(_sentences(error)) from error
    finally:
        engine.dispose()


def _sentences(error: ContestError, what: str = "") -> str:
    """Say an error and every place to mend; `what` is what the places are called: rows, codes."""
    problems = error.problems if isinstance(error, Invalid) else {}
    places = {
        "Tệp" if place == list_file.FILE else f"{what} {place}".strip(): problem
        for place, problem in problems.items()
    }
    return "\n".join([str(error), *(f"  {place}: {problem}" for place, problem in places.items())])


@contextmanager
def _naming(what: str) -> Iterator[None]:
    """Call the places of a refusal by what they are."""
    try:
        yield
    except Invalid as error:
        raise click.ClickException(_sentences(error, what)) from error


@click.group()
def main() -> None:
    """Hội Thi Số: set up, load and run."""


@main.command()
def upgrade() -> None:
    """Bring the database's tables up to date."""
    with _opened() as (_, engine):
        schema.upgrade(engine, tables.metadata)


@main.command()
def check() -> None:
    """Say whether the tables fit the code (exit 1 when they do not)."""
    with _opened() as (_, engine), engine.connect() as connection:
        differences = schema.differences(connection, tables.metadata)
    for difference in differences:
        click.echo(repr(difference))
    sys.exit(1 if differences else 0)


@main.command()
@click.argument("message")
def revision(message: str) -> None:
    """Write a migration from what the models say (for developers)."""
    with _opened() as (_, engine):
        schema.new_revision(engine, tables.metadata, message)


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def load(file: Path) -> None:
    """Load one contest from its readable FILE (docs/contest-file.md)."""
    with _opened() as (settings, _):
        with db.transaction() as session:
            contest = _load_contest(session, settings, file)
        click.echo(f"{contest.code}: {contest.title}")


def _load_contest(session: Session, settings: Settings, file: Path) -> Contest:
    now = clock.now()
    spec = contest_file.read(file.read_bytes(), zone=settings.timezone, now=now)
    return contests.load_contest(session, spec, by=None, now=now)


@main.command()
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def questions(files: Sequence[Path]) -> None:
    """Import questions from FILES; pictures lie beside them. Exit 1 when any was left out."""
    with _opened():
        left_out = sum([_load_questions(file) for file in files])
    sys.exit(1 if left_out else 0)


def _load_questions(file: Path) -> int:
    reading = registry.read(file.read_bytes(), file.suffix.lstrip("."))
    wanted = {draft.picture for draft in reading.questions if draft.picture}
    pictures = {
        path.name: path.read_bytes() for path in file.parent.iterdir() if path.name in wanted
    }
    with db.transaction() as session:
        report = bank.import_questions(session, reading, pictures, by=None, now=clock.now())
    click.echo(
        f"{file.name}: {report.added} mới, {report.changed} sửa, {report.unchanged} giữ nguyên, "
        f"{len(report.problems)} bị bỏ lại"
    )
    for problem in report.problems:
        click.echo(f"  {problem.place}: {problem.what}")
    return len(report.problems)


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def units(file: Path) -> None:
    """Load units from an Excel or CSV FILE: all of it or nothing."""
    with _opened(), db.transaction() as session:
        with _naming("Dòng"):
            rows = unit_file.read(file.read_bytes())
        with _naming("Mã"):
            added = people.load_units(session, rows, by=None, now=clock.now())
        click.echo(f"{len(rows)} đơn vị, {added} mới")


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def audiences(file: Path) -> None:
    """Load audiences from a TOML FILE like contest/data/audiences.toml: all of it or nothing."""
    with _opened(), db.transaction() as session:
        loaded = groups.load(session, file.read_bytes(), now=clock.now())
        click.echo(f"{loaded.rows} đối tượng, {loaded.added} mới")


@main.command()
@click.option("--login", required=True)
@click.option("--name", required=True)
@click.option("--unit", "unit_code", required=True, help="code of the unit whose part they run")
@click.option("--role", type=click.Choice([role.value for role in Role]), default="organizer")
def add(login: str, name: str, unit_code: str, role: str) -> None:
    """Open an account with a role and print its temporary password."""
    password = ids.new_password()
    hashed = passwords.hash_password(password)
    with _opened() as (settings, _):
        with db.transaction() as session:
            _add(
                session,
                settings,
                login=login,
                name=name,
                unit_code=unit_code,
                roles=(Role(role),),
                password_hash=hashed,
            )
        click.echo(f"{login} / {password}")


def _add(
    session: Session,
    settings: Settings,
    *,
    login: str,
    name: str,
    unit_code: str,
    roles: Sequence[Role],
    password_hash: str,
) -> None:
    account = people.make_organizer(
        session,
        login=login,
        name=name,
        unit_code=unit_code,
        role=roles[0],
        password_hash=password_hash,
        sealer=Sealer(settings.secret_key),
        now=clock.now(),
    )
    unit = people_read.unit(session, unit_code)
    for role in roles[1:]:
        people.grant(session, account, role, unit, by=None, now=clock.now())


@main.command()
def prepare() -> None:
    """Make an installation ready: tables, units, audiences, starter bank, demonstration contest."""
    with _opened() as (settings, engine):
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        schema.upgrade(engine, tables.metadata)
        assets.build(settings.data_dir)
        _load_starters()
        _first_time(settings)


def _load_starters() -> None:
    """Bring the shipped content in, unless this database took exactly the same before.

    The database itself says what it took: its log has a line with the digest. An empty one, a
    restored one or another one is never passed over.
    """
    digest = _digest()
    with db.reading_session() as session:
        if audit.latest(session, "questions.load_starters").get("digest") == digest:
            return
    with db.transaction() as session:
        rows = unit_file.read((DATA / "units_lao_cai.csv").read_bytes())
        if people_read.children(session, None) == []:
            people.load_units(session, rows, by=None, now=clock.now())
        shipped = (DATA / "audiences.toml").read_bytes()
        groups.load(session, shipped, now=clock.now(), only_new=True)
        topics = tomllib.loads((CONTENT / "topics.toml").read_text("utf-8"))["topic"]
        bank.load_topics(session, topics)
        bank.bring_up_to_date(session)
    left_out = sum([_load_quietly(file) for file in sorted(CONTENT.glob("[0-9]*.toml"))])
    if left_out == 0:
        with db.transaction() as session:
            now = clock.now()
            audit.record(
                session, "questions.load_starters", "starters", by=None, now=now, digest=digest
            )


def _digest() -> str:
    """Return a digest of what is shipped and of the code that brings it in."""
    found = hashlib.sha256()
    code = (*(ROOT / "question_bank").rglob("*.py"), *(ROOT / "contest").rglob("*.py"))
    for path in sorted((*DATA.glob("*.*"), *CONTENT.glob("*.*"), *code)):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        found.update(f"{path.name} {content}\n".encode())
    return found.hexdigest()


def _load_quietly(file: Path) -> int:
    reading = registry.read(file.read_bytes(), "toml")
    with db.transaction() as session:
        report = bank.import_questions(
            session, reading, by=None, now=clock.now(), keeps_edited=True
        )
    for problem in report.problems:
        click.echo(f"{file.name} {problem.place}: {problem.what}", err=True)
    return len(report.problems)


def _first_time(settings: Settings) -> None:
    """Make the first organizer and the demonstration contests, unless there are people.

    All or nothing, and the password is printed before the commit: whoever stops the first run
    halfway is given another one the next time, instead of an account nobody can enter.
    """
    with db.reading_session() as session:
        if session.scalar(select(Account.id).limit(1)) is not None:
            return
    root = unit_file.read((DATA / "units_lao_cai.csv").read_bytes())[0].code
    password = ids.new_password()
    hashed = passwords.hash_password(password)
    with db.transaction() as session:
        _add(
            session,
            settings,
            login=FIRST_LOGIN,
            name="Ban Tổ chức",
            unit_code=root,
            roles=(Role.ORGANIZER, Role.ADMINISTRATOR),
            password_hash=hashed,
        )
        _load_contest(session, settings, DATA / "demo.toml")
        _load_contest(session, settings, DATA / "demo_entries.toml")
        click.secho(
            "Lần chạy đầu tiên. Tài khoản ban tổ chức / first run, the organizer's account:"
        )
        click.secho(
            f"  tên đăng nhập / login:  {FIRST_LOGIN}\n  mật khẩu / password:    {password}"
        )


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def verify_result(file: Path) -> None:
    """Recompute a jury's result FILE from its own inputs (exit 1 when it differs)."""
    text = _result_text(file)
    problem = result_file.verify(text)
    click.echo(f"SHA-256: {result_file.sha256(text)}")
    if problem is not None:
        raise click.ClickException(f"{problem}\nThe file does not recompute to the same bytes.")
    click.echo(
        "Khớp: tính lại từ dữ liệu trong tệp ra đúng từng chữ. So mã SHA-256 trên với mã ở trang "
        "kết quả để biết tệp là tệp đã công bố.\n"
        "It matches: recomputed from its inputs, every byte is the same. Compare the SHA-256 with "
        "the one on the result's page."
    )


def _result_text(file: Path) -> str:
    if file.stat().st_size > result_file.MOST_BYTES:
        raise click.ClickException(str(result_file.NOT_JSON))
    try:
        return file.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise click.ClickException(str(result_file.NOT_JSON)) from error


@main.command()
def serve() -> None:
    """Serve the site with gunicorn and run one worker beside it, until told to stop."""
    with _opened() as (settings, _):
        pass
    click.echo(f"Hội Thi Số: http://127.0.0.1:{settings.port}")
    sys.stdout.flush()
    _together(
        [sys.executable, "-m", "gunicorn", *gunicorn_arguments(settings), "wsgi:app"],
        [sys.executable, "-m", "contest.worker"],
    )


def gunicorn_arguments(settings: Settings) -> list[str]:
    """Return how the site is served: few processes, many threads (docs/decisions/0006)."""
    arguments = {
        "--bind": f"127.0.0.1:{settings.port}",
        "--worker-class": "gthread",
        "--workers": str(settings.workers),
        "--threads": str(settings.threads),
        "--graceful-timeout": "10",
        # Longer than any address of ours, so that whoever pastes a long one sees a page of ours.
        "--limit-request-line": "8190",
        "--log-level": "warning",
    }
    flat = [part for pair in arguments.items() for part in pair]
    return [*flat, "--no-control-socket", *(["--reuse-port"] if settings.workers > 1 else [])]


def _together(*commands: Sequence[str]) -> None:
    """Run programs side by side; when one ends or we are told to stop, end them all."""
    running = [subprocess.Popen(command, cwd=ROOT, start_new_session=True) for command in commands]

    def stop(*_: object) -> None:
        for program in running:
            if program.poll() is None:
                program.send_signal(signal.SIGTERM)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)
    stop()
    for program in running:
        try:
            program.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            program.kill()
            program.wait()
    failed = [program.returncode for program in running if program.returncode not in {0, -15}]
    sys.exit(failed[0] if failed else 0)


if __name__ == "__main__":
    main()
