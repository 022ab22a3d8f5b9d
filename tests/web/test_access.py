"""Who may enter where: a literal table, so that a change of any door must be noticed."""

from collections.abc import Callable
from typing import Any

import pytest
from factories.people import make_account, make_grant, make_unit
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.routing import IntegerConverter, Rule

from contest.accounts.models import Role, SignIn
from contest.web import access

PUBLIC = {"public"}
SIGNED_IN = {"participant"}
ORGANIZERS = {"organizer", "administrator"}
EXAMINERS = {"helper", "judge", *ORGANIZERS}
EXPECTED = {
    "accounts.change_facts": SIGNED_IN,
    "accounts.change_password": SIGNED_IN,
    "accounts.choose_own_unit": SIGNED_IN,
    "accounts.choose_unit": PUBLIC,
    "accounts.me": SIGNED_IN,
    "accounts.register": PUBLIC,
    "accounts.sign_in": PUBLIC,
    "accounts.sign_out": SIGNED_IN,
    "accounts_admin.give_temporary_password": ORGANIZERS,
    "accounts_admin.load_units": {"administrator"},
    "accounts_admin.people": ORGANIZERS,
    "accounts_admin.person": ORGANIZERS,
    "accounts_admin.units": ORGANIZERS,
    "analysis.measure": ORGANIZERS,
    "analysis.measured": ORGANIZERS,
    "analysis.question": ORGANIZERS,
    "analysis.round": ORGANIZERS,
    "analysis.rounds": ORGANIZERS,
    "accounts_lists.index": ORGANIZERS,
    "accounts_lists.load": ORGANIZERS,
    "accounts_lists.look_over": ORGANIZERS,
    "accounts_lists.send": ORGANIZERS,
    "accounts_lists.template": ORGANIZERS,
    "attempts.answer": SIGNED_IN,
    "attempts.back": SIGNED_IN,
    "attempts.confirm": SIGNED_IN,
    "attempts.enter": SIGNED_IN,
    "attempts.entered": SIGNED_IN,
    "attempts.hand_in": SIGNED_IN,
    "attempts.mine": SIGNED_IN,
    "attempts.receipt_form": PUBLIC,
    "attempts.result": SIGNED_IN,
    "attempts.round": SIGNED_IN,
    "attempts.save": SIGNED_IN,
    "attempts.sit": SIGNED_IN,
    "attempts.start": SIGNED_IN,
    "attempts.take_over": SIGNED_IN,
    "attempts_admin.announce": ORGANIZERS,
    "attempts_admin.end_grant": ORGANIZERS,
    "attempts_admin.entrants": ORGANIZERS,
    "attempts_admin.figures": ORGANIZERS,
    "attempts_admin.history": ORGANIZERS,
    "attempts_admin.more_time": ORGANIZERS,
    "attempts_admin.pause": ORGANIZERS,
    "attempts_admin.reopen": ORGANIZERS,
    "attempts_admin.resume": ORGANIZERS,
    "attempts_admin.rounds": ORGANIZERS,
    "attempts_admin.watch": ORGANIZERS,
    "attempts_admin.withdraw": ORGANIZERS,
    "attempts_news.attempt": PUBLIC,
    "attempts_news.round": PUBLIC,
    "contests.index": PUBLIC,
    "contests.join": SIGNED_IN,
    "contests.show": PUBLIC,
    "judging_chair.decide_mark": SIGNED_IN,
    "judging_chair.deliberate": SIGNED_IN,
    "judging_chair.entry": SIGNED_IN,
    "judging_chair.leave_out": SIGNED_IN,
    "judging_chair.order": SIGNED_IN,
    "judging_chair.propose": SIGNED_IN,
    "judging_chair.publish": SIGNED_IN,
    "judging_chair.revoke": SIGNED_IN,
    "judging_chair.run": SIGNED_IN,
    "judging_chair.run_file": SIGNED_IN,
    "judging_chair.sign": SIGNED_IN,
    "judging_result.file": PUBLIC,
    "judging_result.mine": SIGNED_IN,
    "judging_result.show": PUBLIC,
    "judging_result.why": PUBLIC,
    "drafts.begin": ORGANIZERS,
    "drafts.check": ORGANIZERS,
    "drafts.confirm": ORGANIZERS,
    "drafts.copy_contest": ORGANIZERS,
    "drafts.delete": ORGANIZERS,
    "drafts.desk": ORGANIZERS,
    "drafts.edit_contest": ORGANIZERS,
    "drafts.publish": ORGANIZERS,
    "drafts.save": ORGANIZERS,
    "drafts.step": ORGANIZERS,
    "entries_admin.alike": ORGANIZERS,
    "entries_admin.entries": ORGANIZERS,
    "entries_admin.entry": ORGANIZERS,
    "entries_admin.export": ORGANIZERS,
    "entries_admin.file": ORGANIZERS,
    "entries_admin.languages": ORGANIZERS,
    "entries_admin.give_file": ORGANIZERS,
    "entries_admin.make_again": ORGANIZERS,
    "entries_admin.names": ORGANIZERS,
    "entries_admin.pair": ORGANIZERS,
    "entries_admin.queue": ORGANIZERS,
    "entries_admin.redact": ORGANIZERS,
    "entries_admin.refuse": ORGANIZERS,
    "entries_admin.refuse_file": ORGANIZERS,
    "entries_admin.rounds": ORGANIZERS,
    "entries_admin.take_back": ORGANIZERS,
    "entries_admin.withhold_file": ORGANIZERS,
    "gallery.captions": PUBLIC,
    "gallery.index": PUBLIC,
    "gallery.mine": SIGNED_IN,
    "gallery.rendition": PUBLIC,
    "gallery.report": SIGNED_IN,
    "gallery.show": PUBLIC,
    "gallery.withdraw": SIGNED_IN,
    "gallery_admin.answer": ORGANIZERS,
    "gallery_admin.index": ORGANIZERS,
    "gallery_admin.publish": ORGANIZERS,
    "gallery_admin.publish_all": ORGANIZERS,
    "gallery_admin.queue": ORGANIZERS,
    "gallery_admin.rounds": ORGANIZERS,
    "gallery_admin.take_down": ORGANIZERS,
    "entries.begin": SIGNED_IN,
    "entries.confirm": SIGNED_IN,
    "entries.confirm_withdrawal": SIGNED_IN,
    "entries.files": SIGNED_IN,
    "entries.hand_in": SIGNED_IN,
    "entries.mine": SIGNED_IN,
    "entries.receipt_form": PUBLIC,
    "entries.received": SIGNED_IN,
    "entries.resume": SIGNED_IN,
    "entries.round": SIGNED_IN,
    "entries.save": SIGNED_IN,
    "entries.show": SIGNED_IN,
    "entries.take_back_consent": SIGNED_IN,
    "entries.withdraw": SIGNED_IN,
    "entry_files.attach": SIGNED_IN,
    "entry_files.captions": SIGNED_IN,
    "entry_files.describe": SIGNED_IN,
    "entry_files.remove": SIGNED_IN,
    "entry_files.watch": SIGNED_IN,
    "jobs.cancel": SIGNED_IN,
    "jobs.confirm_cancel": SIGNED_IN,
    "jobs.download": SIGNED_IN,
    "jobs.mine": SIGNED_IN,
    "jobs.restart": SIGNED_IN,
    "jobs.show": SIGNED_IN,
    "jobs.state": SIGNED_IN,
    "journal.export": ORGANIZERS,
    "journal.index": ORGANIZERS,
    "judging.anchors": {"judge"},
    "judging.ask_recusal": {"judge"},
    "judging.captions": {"judge"},
    "judging.draft": {"judge"},
    "judging.file": {"judge"},
    "judging.go_on": {"judge"},
    "judging.mine": {"judge"},
    "judging.recuse": {"judge"},
    "judging.sheet": {"judge"},
    "judging.show_queue": {"judge"},
    "judging.write": {"judge"},
    "judging_admin.add_phase": ORGANIZERS,
    "judging_admin.change_phase": ORGANIZERS,
    "judging_admin.delete_phase": ORGANIZERS,
    "judging_admin.extend_phase": ORGANIZERS,
    "judging_admin.close_phase": ORGANIZERS,
    "judging_admin.list_phases": ORGANIZERS,
    "judging_admin.progress": ORGANIZERS,
    "judging_admin.rounds": ORGANIZERS,
    "judging_admin.usual_phase": ORGANIZERS,
    "judging_assigning.assign": ORGANIZERS,
    "judging_assigning.plan": ORGANIZERS,
    "judging_conflicts.add": ORGANIZERS,
    "judging_conflicts.index": ORGANIZERS,
    "judging_conflicts.lift": ORGANIZERS,
    "judging_conflicts.sheets": ORGANIZERS,
    "judging_panel.add": ORGANIZERS,
    "judging_panel.change": ORGANIZERS,
    "judging_panel.find": ORGANIZERS,
    "judging_panel.leave": ORGANIZERS,
    "judging_panel.move": ORGANIZERS,
    "judging_panel.show_panel": ORGANIZERS,
    "main.home": PUBLIC,
    "practical.people": EXAMINERS,
    "practical.person": EXAMINERS,
    "practical.register": EXAMINERS,
    "practical.rounds": EXAMINERS,
    "practical.save": EXAMINERS,
    "practical.sheet": EXAMINERS,
    "practical.sheet_file": EXAMINERS,
    "preferences.easy": PUBLIC,
    "preferences.language": PUBLIC,
    "questions.picture": PUBLIC,
    "questions.recording": PUBLIC,
    "questions_admin.alike": ORGANIZERS,
    "questions_admin.banks": ORGANIZERS,
    "questions_admin.bring_back": ORGANIZERS,
    "questions_admin.bring_back_bank": ORGANIZERS,
    "questions_admin.bring_in": ORGANIZERS,
    "questions_admin.change_bank": ORGANIZERS,
    "questions_admin.choose_type": ORGANIZERS,
    "questions_admin.comment": ORGANIZERS,
    "questions_admin.edit": ORGANIZERS,
    "questions_admin.export": ORGANIZERS,
    "questions_admin.exported": ORGANIZERS,
    "questions_admin.history": ORGANIZERS,
    "questions_admin.imported": ORGANIZERS,
    "questions_admin.imported_picture": ORGANIZERS,
    "questions_admin.open_bank": ORGANIZERS,
    "questions_admin.print_paper": ORGANIZERS,
    "questions_admin.publish": ORGANIZERS,
    "questions_admin.questions": ORGANIZERS,
    "questions_admin.queue": ORGANIZERS,
    "questions_admin.read_again": ORGANIZERS,
    "questions_admin.record": ORGANIZERS,
    "questions_admin.resolve": ORGANIZERS,
    "questions_admin.retire": ORGANIZERS,
    "questions_admin.retire_bank": ORGANIZERS,
    "questions_admin.sample": ORGANIZERS,
    "questions_admin.show": ORGANIZERS,
    "questions_admin.submit": ORGANIZERS,
    "questions_admin.take": ORGANIZERS,
    "questions_admin.taken": ORGANIZERS,
    "questions_admin.write": ORGANIZERS,
    "rehearsals.show": ORGANIZERS,
    "rehearsals.sit": ORGANIZERS,
    "regulations.as_pdf": PUBLIC,
    "regulations.as_word": PUBLIC,
    "regulations.show": PUBLIC,
    "standings.board": PUBLIC,
    "standings.contest": PUBLIC,
    "standings.units": PUBLIC,
    "standings.why": PUBLIC,
    "tus.abilities": PUBLIC,
    "tus.append": SIGNED_IN,
    "tus.create": SIGNED_IN,
    "tus.offset": SIGNED_IN,
    "tus.remove": SIGNED_IN,
    "uploads.plain": SIGNED_IN,
    "uploads.receipt": SIGNED_IN,
    "votes.listed": PUBLIC,
    "votes.take_back": SIGNED_IN,
    "votes.vote": SIGNED_IN,
    "votes_admin.export": ORGANIZERS,
    "votes_admin.give_back": ORGANIZERS,
    "votes_admin.index": ORGANIZERS,
    "votes_admin.strike": ORGANIZERS,
    "winners.details": SIGNED_IN,
    "winners.keep_details": SIGNED_IN,
    "winners_admin.boards": ORGANIZERS,
    "winners_admin.look": ORGANIZERS,
    "winners_admin.winners": ORGANIZERS,
}
ROLES = (None, *Role)
WRITTEN = {"GET", "POST", "PUT", "PATCH", "DELETE"}  # HEAD and OPTIONS where they stand alone


def routes(app: Flask) -> list[tuple[Rule, str]]:
    """Every door and way of knocking; signing out comes last."""
    found = [
        (rule, method)
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static"
        for method in sorted((rule.methods or set()) & WRITTEN or rule.methods or set())
    ]
    return sorted(found, key=lambda door: door[0].endpoint == "accounts.sign_out")


def _nothing(rule: Rule, name: str) -> object:
    """Give a value that names nothing, of the kind the address takes."""
    kind = getattr(rule, "_converters")[name]  # noqa: B009 -- werkzeug keeps them there
    return 0 if isinstance(kind, IntegerConverter) else "none"


def address(app: Flask, rule: Rule) -> str:
    with app.test_request_context():
        return app.url_map.bind("localhost").build(
            rule.endpoint, {name: _nothing(rule, name) for name in rule.arguments}, method=None
        )


def test_every_route_says_who_may_enter(app: Flask) -> None:
    with app.app_context():
        declared = {rule.endpoint: set(access.may_enter(rule.endpoint)) for rule, _ in routes(app)}
    assert declared == EXPECTED


def is_let_in(names: set[str], role: Role | None) -> bool:
    if names == PUBLIC:
        return True
    return role is not None and (names == SIGNED_IN or str(role) in names)


@pytest.mark.parametrize("role", ROLES, ids=str)
def test_each_role_enters_where_the_table_says_and_nowhere_else(
    app: Flask, client: FlaskClient, session: Session, sign_in: Callable[..., Any], role: Role
) -> None:
    unit = make_unit(session)
    account = make_account(session, unit)
    if role not in {None, Role.PARTICIPANT}:
        make_grant(session, account, role, unit)
    session.commit()
    if role is not None:
        sign_in(client, account)
    for rule, method in routes(app):
        answer = client.open(address(app, rule), method=method)
        here = (rule.endpoint, method, answer.status_code)
        if is_let_in(EXPECTED[rule.endpoint], role):
            assert answer.status_code in {200, 204, 302, 303, 404, 405, 409, 412, 413, 422}, here
            assert "/accounts/sign-in?" not in (answer.location or ""), here
        elif role is None:
            assert answer.status_code == 302, here
            assert answer.location.startswith("/accounts/sign-in?next="), here
        else:
            assert answer.status_code == 403, here


def test_a_view_that_declares_nothing_lets_nobody_in(
    app: Flask, client: FlaskClient, session: Session, sign_in: Callable[..., SignIn]
) -> None:
    app.add_url_rule("/forgotten", "forgotten", lambda: "open")
    assert client.get("/forgotten").status_code == 302
    account = make_account(session)
    make_grant(session, account, Role.ADMINISTRATOR, make_unit(session))
    sign_in(client, account)
    assert client.get("/forgotten").status_code == 403


def test_a_script_that_is_not_signed_in_is_told_so(client: FlaskClient) -> None:
    answer = client.post("/attempts/none/answers", json={})
    assert answer.status_code == 401
    assert answer.json["error"] == "sign-in"


@pytest.mark.parametrize("cookie", ["nonsense", "eyJfdXNlcl9pZCI6IjEifQ.aaaa.bbbb"])
def test_a_forged_cookie_is_nobody(client: FlaskClient, cookie: str) -> None:
    client.set_cookie("session", cookie)
    assert client.get("/accounts/me").status_code == 302


def test_a_device_is_named_by_a_cookie_that_lasts(client: FlaskClient) -> None:
    answer = client.get("/accounts/register")
    cookie = next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith("device="))
    assert "Max-Age=63072000" in cookie
    assert "HttpOnly" in cookie
    again = client.get("/accounts/register")
    assert not [c for c in again.headers.getlist("Set-Cookie") if c.startswith("device=")]


@pytest.mark.parametrize("path", ["/contests/a%00", "/contests/%1b", "/accounts/me%00", "/%0a"])
def test_an_address_with_a_control_character_is_not_found(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    "path",
    ["/accounts/register?q=%00", "/accounts/register?in=%00", "/boards/a/units?in=%00"],
)
def test_a_nul_in_a_query_breaks_no_page(app: Flask, path: str) -> None:
    assert app.test_client().get(path).status_code in {200, 404}
