"""One question's page: as participants see it, its way to being drawn, its history."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from contest.core import clock
from contest.errors import Invalid, NotFound
from contest.web import access, pages
from contest.web.application import current_session
from contest.web.words import translate
from question_bank import drafting, listing, ownership, service, showing
from question_bank.admin import desk
from question_bank.admin.desk import ORGANIZERS, bp
from question_bank.admin.writing import alike_to, newest_of
from question_bank.drafting import NO_VERSION, Stored
from question_bank.formats import checking
from question_bank.models import Bank, Question, QuestionState

LONGEST_NUMBER = 9  # digits of a version's


@bp.get("/<bank>/q/<path:code>")
@access.roles(*ORGANIZERS)
def show(bank: str, code: str) -> ResponseReturnValue:
    """Show a question in its newest version, and everything that may be done with it."""
    return _page(*_found(bank, code))


def _found(bank: str, code: str, *, to_write: bool = False) -> tuple[Bank, Question]:
    looker = desk.looker()
    return (
        ownership.bank(current_session(), bank, looker, to_write=to_write),
        ownership.question(current_session(), bank, code, looker, to_write=to_write),
    )


def _page(bank: Bank, question: Question, *, refused: str = "", text: str = "") -> str:
    session, stored = current_session(), newest_of(question)
    row = next(row for row in desk.banks() if row.id == bank.id)
    me = access.visitor().id
    is_draft = stored.state != QuestionState.PUBLISHED
    texts = list(checking.plain_texts(stored.draft)) if is_draft else []
    return render_template(
        "questions_admin/show.html",
        bank=bank,
        question=question,
        stored=stored,
        draft=stored.draft,
        shown=showing.preview(stored.draft, picture=stored.picture, recordings=stored.recordings),
        answer=showing.answer(stored.draft),
        topics=dict(desk.topic_choices()),
        audiences=dict(desk.audience_choices()),
        state=_state(question, stored),
        may_write=row.may_write,
        may_review=row.may_write and me not in listing.authors_since_published(session, question),
        alike=alike_to(bank, texts, but=stored.draft.code),
        missing=_missing(stored),
        history=listing.history(session, question.id),
        comments=listing.comments(session, question.id),
        refused=refused,
        typed=text,
    )


def _state(question: Question, stored: Stored) -> str:
    return question.state if question.state == QuestionState.RETIRED else stored.state


def _missing(stored: Stored) -> list[str]:
    """Say what a reviewer should know; none of it stands in the way."""
    draft: Any = stored.draft
    return [translate(one.message, one.facts) for one in service.warnings(draft)]


# Acts


def _act(
    bank: str, code: str, do: Callable[[Question, int], Any], said: str
) -> ResponseReturnValue:
    """Do one act on the version the page showed, and come back to it."""
    _bank, question = _found(bank, code, to_write=True)
    text = request.form.get("no", "")
    do(question, int(text) if _is_number(text) else 0)
    flash(said, "success")
    return redirect(url_for("questions_admin.show", bank=bank, code=code), 303)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER


def _facts() -> dict[str, Any]:
    return {"by": access.visitor().id, "now": clock.now()}


@bp.post("/<bank>/q/<path:code>/submit")
@access.roles(*ORGANIZERS)
def submit(bank: str, code: str) -> ResponseReturnValue:
    return _act(
        *(bank, code),
        lambda question, no: service.submit(current_session(), question.id, no=no, **_facts()),
        _("Đã gửi duyệt. Một người khác sẽ xem và duyệt câu này."),
    )


@bp.post("/<bank>/q/<path:code>/publish")
@access.roles(*ORGANIZERS)
def publish(bank: str, code: str) -> ResponseReturnValue:
    return _act(
        *(bank, code),
        lambda question, no: service.publish(current_session(), question.id, no=no, **_facts()),
        _("Đã duyệt. Từ nay câu này được rút vào đề."),
    )


@bp.post("/<bank>/q/<path:code>/retire")
@access.roles(*ORGANIZERS)
def retire(bank: str, code: str) -> ResponseReturnValue:
    return _act(
        *(bank, code),
        lambda question, _no: service.retire(current_session(), question.id, **_facts()),
        _("Đã ngừng dùng câu này. Đề đã rút vẫn giữ nguyên."),
    )


@bp.post("/<bank>/q/<path:code>/bring-back")
@access.roles(*ORGANIZERS)
def bring_back(bank: str, code: str) -> ResponseReturnValue:
    return _act(
        *(bank, code),
        lambda question, _no: service.bring_back(current_session(), question.id, **_facts()),
        _("Câu này được dùng trở lại."),
    )


@bp.post("/<bank>/q/<path:code>/resolve/<int:comment>")
@access.roles(*ORGANIZERS)
def resolve(bank: str, code: str, comment: int) -> ResponseReturnValue:
    return _act(
        *(bank, code),
        lambda question, _no: service.resolve(current_session(), question.id, comment, **_facts()),
        _("Đã đánh dấu nhận xét là xong."),
    )


@bp.post("/<bank>/q/<path:code>/comment")
@access.roles(*ORGANIZERS)
def comment(bank: str, code: str) -> ResponseReturnValue:
    """Say something of a question, or send it back with it."""
    found, question = _found(bank, code, to_write=True)
    text, no = request.form.get("text", ""), request.form.get("no", "")
    facts = {"no": int(no) if _is_number(no) else 0, **_facts()}
    try:
        if request.form.get("do") == "send-back":
            service.send_back(current_session(), question.id, comment=text, **facts)
            said = _("Đã trả lại cho người soạn, kèm nhận xét.")
        else:
            service.comment(current_session(), question.id, text, **facts)
            said = _("Đã ghi nhận xét.")
    except Invalid as error:
        sentence = translate(error.message, error.facts)
        return _page(found, question, refused=sentence, text=text), 422
    flash(said, "success")
    return redirect(url_for("questions_admin.show", bank=bank, code=code), 303)


# History


@bp.get("/<bank>/q/<path:code>/history")
@access.roles(*ORGANIZERS)
def history(bank: str, code: str) -> ResponseReturnValue:
    """Lay two versions side by side: `old` and `new` of the address, the last two otherwise."""
    found, question = _found(bank, code)
    rows = listing.history(current_session(), question.id)
    new = _asked("new", rows[0].no)
    old = _asked("old", max(1, new - 1))
    versions = [drafting.version(current_session(), question.id, no) for no in (old, new)]
    return render_template(
        "questions_admin/history.html",
        bank=found,
        code=question.code,
        rows=rows,
        old=versions[0],
        new=versions[1],
        changes=showing.changes(versions[0].draft, versions[1].draft),
    )


def _asked(name: str, otherwise: int) -> int:
    text = pages.asked(name, LONGEST_NUMBER)
    if not text:
        return otherwise
    if not _is_number(text):
        raise NotFound(NO_VERSION)
    return int(text)
