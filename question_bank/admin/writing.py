"""Writing a question: its type, then its form; a stale save shows both texts."""

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from contest.core import clock, ids
from contest.errors import N_, Conflict, Invalid, NotFound, Problem
from contest.web import access, limits
from contest.web.application import current_session
from contest.web.words import translate
from question_bank import drafting, listing, ownership, searching, service, showing
from question_bank.admin import desk
from question_bank.admin.desk import ORGANIZERS, bp
from question_bank.drafting import Stored
from question_bank.formats import pictures as picture_format
from question_bank.formats import recordings as sound
from question_bank.formats.reading import LONGEST_OPTION, LONGEST_TEXT, MOST_OPTIONS, DraftQuestion
from question_bank.forms import browsing, filling, sending
from question_bank.forms import writing as forms
from question_bank.forms.writing import QuestionForm
from question_bank.models import Bank, Question
from question_bank.rules import similarity
from question_bank.rules.given import QuestionType

LARGEST_BODY = 4 * 1024 * 1024  # bytes: above a picture's own limit, which says more when passed
NO_TYPE = N_("Không có loại câu hỏi này.")
PICTURE = "picture"  # the name of the picture that is sent with the form
MADE_CODE = 8  # signs of a code nobody thought up
ACTS = ("add", "remove", "up")  # what a button beside the rows begins with


@bp.get("/<bank>/new")
@access.roles(*ORGANIZERS)
def choose_type(bank: str) -> ResponseReturnValue:
    """Choose the type first: it decides the form."""
    found = ownership.bank(current_session(), bank, desk.looker(), to_write=True)
    return render_template("questions_admin/type.html", bank=found, types=TYPES)


# Each with what it is good for.
TYPES = (
    (QuestionType.ONE, N_("Chọn một trong các phương án. Dùng nhiều nhất, dễ trả lời nhất.")),
    (QuestionType.SEVERAL, N_("Chọn tất cả phương án đúng; có thể cho điểm từng phần.")),
    (QuestionType.TRUE_FALSE, N_("Một câu nói: đúng hay sai.")),
    (QuestionType.ORDERING, N_("Xếp các bước, các việc theo đúng thứ tự.")),
    (QuestionType.MATCHING, N_("Ghép mỗi mục bên trái với một ý bên phải.")),
    (QuestionType.NUMBER, N_("Gõ một con số; có thể cho phép sai số.")),
)


@bp.route("/<bank>/new/<kind>", methods=["GET", "POST"])
@access.roles(*ORGANIZERS)
@limits.body(LARGEST_BODY)
def write(bank: str, kind: str) -> ResponseReturnValue:
    """Write a new question; it is a draft of its author."""
    found = ownership.bank(current_session(), bank, desk.looker(), to_write=True)
    if kind not in set(QuestionType):
        raise NotFound(NO_TYPE)
    type_ = QuestionType(kind)
    if request.method == "GET":
        return _page(_form(type_, filling.empty(type_)), found)
    form = _form(type_)
    if (again := _rows_changed(form)) is not None:
        return _page(again, found)
    code = form.code.data and str(form.code.data).strip()
    try:
        draft, pictures = _sent(form, code=code or f"q-{ids.new_code(MADE_CODE)}")
        id_ = service.create(
            current_session(), found, draft, pictures, by=access.visitor().id, now=clock.now()
        )
    except (Invalid, Conflict) as error:
        return _refused(form, error, found)
    stored = drafting.newest(current_session(), [id_])[0]
    return _after(found, stored)


@bp.route("/<bank>/q/<path:code>/edit", methods=["GET", "POST"])
@access.roles(*ORGANIZERS)
@limits.body(LARGEST_BODY)
def edit(bank: str, code: str) -> ResponseReturnValue:
    """Write the next version; whoever was slower sees both what was saved and what they typed."""
    found = ownership.bank(current_session(), bank, desk.looker(), to_write=True)
    question = ownership.question(current_session(), bank, code, desk.looker(), to_write=True)
    stored = newest_of(question)
    if request.method == "GET":
        return _page(
            _form(stored.draft.type, filling.filled(stored.draft, no=stored.no)), found, stored
        )
    form = _form(stored.draft.type)
    if (again := _rows_changed(form)) is not None:
        return _page(again, found, stored)
    if form.based_on() != stored.no:
        return _both_texts(form, found, stored)
    try:
        draft, pictures = _sent(form, code=code, before=stored)
        no = service.edit(
            current_session(),
            question.id,
            draft,
            pictures,
            based_on=form.based_on(),
            keeps_picture=stored.picture is not None
            and not pictures
            and not form.drops_picture.data,
            by=access.visitor().id,
            now=clock.now(),
        )
    except Invalid as error:
        return _refused(form, error, found, stored)
    return _after(found, drafting.version(current_session(), question.id, no))


def newest_of(question: Question) -> Stored:
    """Return a question's newest version, published or not."""
    no = question.draft_no or question.version_no
    return drafting.version(current_session(), question.id, no)


def _form(kind: QuestionType, typed: dict[str, Any] | None = None) -> QuestionForm:
    """Build the form: as it was sent, or showing `typed`."""
    facts: dict[str, Any] = {} if typed is None else {"formdata": None, "data": typed}
    return QuestionForm(
        kind, topics=desk.topic_choices(), audiences=desk.audience_choices(), **facts
    )


def _rows_changed(form: QuestionForm) -> QuestionForm | None:
    """Give the form after a button beside its rows was pressed, None when it was another one."""
    act = request.form.get("do", "")
    if not act.startswith(ACTS):
        return None
    return _form(form.kind, filling.acted(form.typed(), act, form.kind))


def _sent(
    form: QuestionForm, *, code: str, before: Stored | None = None
) -> tuple[DraftQuestion, dict[str, bytes]]:
    """Give the draft the form makes, and the picture that came with it."""
    category = before.draft.category if before else ""
    draft = sending.drafted(form, code=code, category=category)
    if before and before.draft.is_html and not draft.is_html:
        draft = filling.plain(draft)
    data = _uploaded("picture", picture_format.MOST_BYTES)
    if not data:
        return draft, {}
    try:
        picture_format.encode(data)
    except Invalid as error:
        raise Invalid(
            error.message, problems={"picture": Problem(error.message, **error.facts)}
        ) from error
    return filling.with_picture(draft, PICTURE), {PICTURE: data}


def _uploaded(name: str, most: int) -> bytes:
    """Return the bytes of a file that was sent, one more than allowed at most."""
    file = request.files.get(name)
    return b"" if file is None else file.read(most + 1)


def _after(bank: Bank, stored: Stored) -> ResponseReturnValue:
    """Send it to review when that was asked, and show it."""
    if request.form.get("do") == "submit":
        service.submit(
            *(current_session(), stored.question_id),
            no=stored.no,
            by=access.visitor().id,
            now=clock.now(),
        )
    address = url_for("questions_admin.show", bank=bank.code, code=stored.draft.code, saved=1)
    return redirect(address, 303)


def _refused(
    form: QuestionForm, error: Invalid | Conflict, bank: Bank, stored: Stored | None = None
) -> ResponseReturnValue:
    if isinstance(error, Conflict):
        form.code.errors = [translate(error.message, error.facts)]
    else:
        form.refuse(error)
    return _page(form, bank, stored), 422


def _both_texts(form: QuestionForm, bank: Bank, stored: Stored) -> ResponseReturnValue:
    """Show what was typed, ready to be saved over what was saved meanwhile; both are readable."""
    form.version.data = str(stored.no)
    try:
        mine = sending.drafted(form, code=stored.draft.code, category=stored.draft.category)
        mine = filling.with_picture(mine, stored.draft.picture)
        theirs = showing.changes(filling.in_row_order(stored.draft), mine)
    except Invalid:
        theirs = []
    return _page(form, bank, stored, theirs=theirs, is_stale=True), 409


def _page(
    form: QuestionForm,
    bank: Bank,
    stored: Stored | None = None,
    *,
    theirs: list[showing.Change] | None = None,
    is_stale: bool = False,
) -> str:
    return render_template(
        "questions_admin/write.html",
        form=form,
        kind=form.kind.value,
        bank=bank,
        stored=stored,
        theirs=theirs or [],
        is_stale=is_stale,
        letter=showing.letter,
        most=MOST_OPTIONS,
        has_weights=form.kind in forms.WITH_WEIGHTS,
        type_name=translate(browsing.TYPES[form.kind]),
    )


# Near-duplicates while one writes


@bp.post("/<bank>/alike")
@access.roles(*ORGANIZERS)
@limits.SEARCHING
def alike(bank: str) -> ResponseReturnValue:
    """Answer the page's script: stored questions much like what is being typed."""
    found = ownership.bank(current_session(), bank, desk.looker())
    sent = request.get_json(silent=True)
    texts = sent.get("texts") if isinstance(sent, dict) else None
    if not isinstance(texts, list) or not all(isinstance(one, str) for one in texts):
        return {"alike": []}
    cut = [texts[0][:LONGEST_TEXT], *(one[:LONGEST_OPTION] for one in texts[1:])] if texts else []
    but = str(sent.get("code", "")) if isinstance(sent, dict) else ""
    return {
        "alike": [
            {
                "code": one.code,
                "percent": round(one.likeness * 100),
                "text": one.text,
                "address": url_for("questions_admin.show", bank=found.code, code=one.code),
            }
            for one in alike_to(found, [text for text in cut if text.strip()], but=but)
        ]
    }


def alike_to(bank: Bank, texts: list[str], *, but: str) -> list[listing.AlikeRow]:
    """Find the bank's questions much like some texts, one's own code aside."""
    if not texts:
        return []
    wanted = [similarity.shingles(tuple(texts))]
    found = searching.alike(current_session(), wanted, bank_ids=[bank.id])[0]
    return listing.alike_rows(current_session(), [one for one in found if one.code != but])


# Read aloud


@bp.post("/<bank>/q/<path:code>/recordings")
@access.roles(*ORGANIZERS)
@limits.body(LARGEST_BODY)
def record(bank: str, code: str) -> ResponseReturnValue:
    """Keep a question read aloud, as its next version."""
    question = ownership.question(current_session(), bank, code, desk.looker(), to_write=True)
    data = _uploaded("recording", sound.MOST_BYTES)
    no = request.form.get("version", "")
    service.add_recording(
        current_session(),
        question.id,
        data,
        language=request.form.get("language", "vi"),
        duration_ms=None,
        based_on=int(no) if no.isascii() and no.isdigit() and len(no) < 9 else 0,  # noqa: PLR2004
        by=access.visitor().id,
        now=clock.now(),
    )
    return redirect(url_for("questions_admin.show", bank=bank, code=code, saved=1), 303)
