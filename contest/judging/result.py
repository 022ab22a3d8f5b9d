"""A published result for everybody: places, why one stands where one stands, the file to check."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from contest.contests.models import Contest, Division, Round
from contest.errors import N_, NotFound
from contest.judging import result_queries
from contest.judging.models import ResultRun
from contest.judging.result_queries import GivenSheet, Line
from contest.rules.final_order import CENT, Step
from contest.rules.judging import APART, FEWEST_ENTRIES, TOO_FEW_ENTRIES, TOO_FEW_SCORES, Gate
from contest.rules.jury_result import head_criterion, rounded
from contest.rules.privacy import NameMask, mask
from contest.rules.rubric import Rubric
from contest.web import access, pages
from contest.web.application import current_session
from contest.web.words import is_english, points, translate

bp = Blueprint("judging_result", __name__, url_prefix="/results")

FILE_TYPE = "application/json; charset=utf-8"
NO_FILE = N_("Không tìm thấy tệp kết quả này.")
NO_ENTRIES = N_("Bạn không có bài nào trong kết quả đã công bố của đợt thi này.")

# What put an entry below the one above it; both have the same mark but for the first.
SENTENCES: Mapping[Step, str] = {
    Step.MARK: N_("Bài này được %(mine)s điểm, bài đứng trên được %(theirs)s điểm."),
    Step.DECISION: N_(
        "Hai bài cùng %(mine)s điểm; hội đồng giám khảo quyết định thứ tự. Lý do: %(reason)s"
    ),
    Step.HEAD: N_(
        "Hai bài cùng %(mine)s điểm; bài đứng trên có điểm trung bình cao hơn ở tiêu chí chính: "
        "“%(criterion)s”."
    ),
    Step.FIRSTS: N_(
        "Hai bài cùng %(mine)s điểm; bài đứng trên được nhiều giám khảo cho điểm cao nhất hơn."
    ),
    Step.HANDED_IN: N_("Hai bài cùng %(mine)s điểm; bài đứng trên nộp sớm hơn."),
    Step.SHARED: N_("Hai bài bằng nhau ở mọi tiêu chí nên cùng hạng."),
}
FIRST = N_("Bài này đứng đầu bảng.")
MEAN = N_("Điểm trung bình các phiếu chấm là %(raw)s.")
RAISED = N_(
    "Các giám khảo chấm bài này nhìn chung cho điểm chặt tay hơn những người khác trên cùng bài; "
    "điểm được bù từ %(raw)s lên %(adjusted)s."
)
LOWERED = N_(
    "Các giám khảo chấm bài này nhìn chung cho điểm rộng tay hơn những người khác trên cùng bài; "
    "điểm được điều chỉnh từ %(raw)s xuống %(adjusted)s."
)
SAME = N_("Điểm trung bình các phiếu chấm là %(raw)s; không phải bù gì.")
VOTED = N_("Điểm giám khảo %(jury)s chiếm %(rest)s %%, điểm bình chọn %(vote)s chiếm %(share)s %%.")
NOT_SHOWN = N_(
    "Bài này không được trưng bày trong lúc bình chọn, nên điểm bình chọn của bài ít nhất bằng "
    "trung bình của các bài được trưng bày cùng bảng."
)
NO_VOTE = N_("Bảng này không có bài nào được trưng bày để bình chọn, nên chỉ tính điểm giám khảo.")
DECIDED = N_("Hội đồng giám khảo quyết định điểm cuối cùng là %(mark)s. Lý do: %(reason)s")
LEFT_OUT = N_("Hội đồng giám khảo quyết định không xếp hạng bài này. Lý do: %(reason)s")
UNSEEN = N_("Bài này không có phiếu chấm được tính, nên không được xếp hạng.")

VERDICTS = {
    Gate.APART: APART,
    Gate.TOO_FEW_SCORES: TOO_FEW_SCORES,
    Gate.TOO_FEW_ENTRIES: TOO_FEW_ENTRIES,
}


@dataclass(frozen=True, slots=True)
class Here:
    """A round with the result that stands."""

    contest: Contest
    round: Round
    run: ResultRun

    @property
    def address(self) -> dict[str, str]:
        return {"contest_code": self.contest.code, "round_code": self.round.code}


def _here(contest_code: str, round_code: str) -> Here:
    session = current_session()
    contest, round_ = result_queries.entries_round(session, contest_code, round_code)
    run = result_queries.published(session, round_.id)
    if run is None:
        raise NotFound(result_queries.NO_RESULT)
    return Here(contest, round_, run)


@bp.get("/<contest_code>/<round_code>")
@access.public
def show(contest_code: str, round_code: str) -> ResponseReturnValue:
    """Show a division of the result that stands, and how anybody may check it."""
    here = _here(contest_code, round_code)
    session = current_session()
    divisions = {each.code: each for each in here.contest.divisions}
    asked = request.args.get("division", "")
    division = divisions.get(asked, here.contest.divisions[0])
    number = pages.page_number()
    lines, has_more = result_queries.page(session, here.run.id, division.id, number)
    if number > 1 and not lines:
        raise NotFound(N_("Bảng kết quả không có trang này."))
    mine = current_user.id if current_user.is_authenticated else None
    return render_template(
        "judging_result/show.html",
        here=here,
        division=division,
        rows=[_told(each, here.contest, division, mine) for each in lines],
        page=number,
        has_more=has_more,
        history=result_queries.history(session, here.round.id),
        has_votes=_has_votes(here.round),
    )


def _has_votes(round_: Round) -> bool:
    """Say whether there is a list of votes to count again (votes.service.published)."""
    rules = round_.entry_rules()
    return rules is not None and rules.vote is not None and round_.settled_at is not None


def _told(
    line: Line, contest: Contest, division: Division, account_id: int | None
) -> dict[str, Any]:
    prize = None if line.prize is None else division.prizes[line.prize]
    return {
        "line": line,
        "name": mask(line.name, NameMask(contest.name_mask)),
        "prize": "" if prize is None else (is_english() and prize["name_en"]) or prize["name"],
        "is_me": line.account_id == account_id,
    }


@bp.get("/<contest_code>/<round_code>/entries/<code>")
@access.public
def why(contest_code: str, round_code: str, code: str) -> ResponseReturnValue:
    """Say why an entry stands where it stands."""
    here = _here(contest_code, round_code)
    line = result_queries.line(current_session(), here.run.id, code)
    return render_template(
        "judging_result/why.html",
        here=here,
        told=_explained(here, json.loads(here.run.body), line),
    )


def _explained(here: Here, document: Mapping[str, Any], line: Line) -> dict[str, Any]:
    """Say how an entry's mark and place came about, from the file that was published."""
    division = next(each for each in here.contest.divisions if each.id == line.division_id)
    given = next(each for each in document["input"]["entries"] if each["entry"] == line.code)
    rows = next(
        each["entries"]
        for each in document["outcome"]["divisions"]
        if each["code"] == division.code
    )
    at = next(no for no, each in enumerate(rows) if each["entry"] == line.code)
    mine, above = rows[at], rows[at - 1] if at else None
    reasons = {each["kind"]: each["reason"] for each in given["decisions"]}
    told = _told(line, here.contest, division, None)
    return {
        **told,
        "division": division,
        "place_sentence": _place(document, division.code, mine, above, reasons),
        "mark_sentences": _mark(document, given, mine, reasons),
        "verdict": _verdict(document, division.code, given),
        "outcome": mine,
    }


def _place(
    document: Mapping[str, Any],
    division: str,
    mine: Mapping[str, Any],
    above: Mapping[str, Any] | None,
    reasons: Mapping[str, str],
) -> str:
    if mine["is_out"]:
        return translate(LEFT_OUT, {"reason": reasons["out"]})
    if mine["place"] is None:
        return translate(UNSEEN)
    if above is None:
        return translate(FIRST)
    facts = {
        "mine": points(Decimal(mine["mark"])),
        "theirs": points(Decimal(above["mark"])),
        "reason": reasons.get("order", ""),
        "criterion": _head(document, division),
    }
    return translate(SENTENCES[Step(mine["step"])], facts)


def _head(document: Mapping[str, Any], division: str) -> str:
    rules = next(each for each in document["input"]["divisions"] if each["code"] == division)
    if rules["rubric"] is None:
        return ""
    head = head_criterion(Rubric.from_json(rules["rubric"]))
    return (is_english() and head.name_en) or head.name


def _mark(
    document: Mapping[str, Any],
    given: Mapping[str, Any],
    mine: Mapping[str, Any],
    reasons: Mapping[str, str],
) -> list[str]:
    if mine["raw"] is None:
        return []
    raw = shown(mine["raw"])
    said = []
    if mine["adjusted"] is None:
        said.append(translate(MEAN, {"raw": raw}))
    else:
        adjusted = shown(mine["adjusted"])
        gain = Decimal(mine["adjusted"]) - Decimal(mine["raw"])
        sentence = SAME if raw == adjusted else RAISED if gain > 0 else LOWERED
        said.append(translate(sentence, {"raw": raw, "adjusted": adjusted}))
    share = document["input"]["vote_share"]
    if share is not None:
        said += _vote(given, mine, Decimal(share))
    if "mark" in reasons:
        facts = {"mark": shown(mine["mark"]), "reason": reasons["mark"]}
        said.append(translate(DECIDED, facts))
    return said


def _vote(given: Mapping[str, Any], mine: Mapping[str, Any], share: Decimal) -> list[str]:
    if mine["vote"] is None:
        return [translate(NO_VOTE)]
    facts = {
        "jury": shown(mine["jury"]),
        "vote": shown(mine["vote"]),
        "share": points(share),
        "rest": points(100 - share),
    }
    voted = translate(VOTED, facts)
    # Files of the first rules do not say it: there votes counted for every entry alike.
    return [voted] if given.get("is_votable", True) else [translate(NOT_SHOWN), voted]


def _verdict(document: Mapping[str, Any], division: str, given: Mapping[str, Any]) -> str:
    """Return why raw means stand, where they do; practical tasks need no saying."""
    if given["is_practical"]:
        return ""
    pools = document["outcome"]["pools"]
    found = [each for each in pools if division in each["divisions"] and each["gate"] != "adjust"]
    if not found:
        return ""
    facts = {"parts": len(found[0]["parts"]), "fewest": FEWEST_ENTRIES}
    return translate(VERDICTS[Gate(found[0]["gate"])], facts)


def shown(text: str) -> str:
    """Say a number of the file as people read it: two places at most."""
    return points(rounded(Fraction(text), CENT))


@bp.get("/<contest_code>/<round_code>/mine")
@access.participant
def mine(contest_code: str, round_code: str) -> ResponseReturnValue:
    """Show senders what their entries got: means by criterion, comments, raw, adjusted and why."""
    here = _here(contest_code, round_code)
    session = current_session()
    lines = result_queries.lines_of(session, here.run.id, access.visitor().id)
    if not lines:
        raise NotFound(NO_ENTRIES)
    document = json.loads(here.run.body)
    return render_template(
        "judging_result/mine.html",
        here=here,
        entries=[_own(here, document, each) for each in lines],
    )


def _own(here: Here, document: Mapping[str, Any], line: Line) -> dict[str, Any]:
    told = _explained(here, document, line)
    given = next(each for each in document["input"]["entries"] if each["entry"] == line.code)
    counted = [(each["judge"], each["version"]) for each in given["sheets"]]
    sheets = result_queries.sheets_of(current_session(), line.entry_id, counted)
    rules = next(
        each for each in document["input"]["divisions"] if each["code"] == told["division"].code
    )
    rubric = None if rules["rubric"] is None else Rubric.from_json(rules["rubric"])
    return {
        **told,
        "criteria": [] if rubric is None or not sheets else _criteria(rubric, sheets),
        "comments": [each.comment for each in sheets if each.comment.strip()],
        "sheets": len(sheets),
        "checks": len(told["outcome"]["totals"]) if given["is_practical"] else 0,
    }


def _criteria(rubric: Rubric, sheets: Sequence[GivenSheet]) -> list[dict[str, str]]:
    """Give the mean of each counted criterion over the sheets."""
    read = [rubric.clean(each.scores) for each in sheets]
    found = []
    for one in rubric.counted:
        got = [Fraction(each[one.code]) for each in read if one.code in each]
        mean = rounded(sum(got, Fraction(0)) / len(got), CENT) if got else None
        name = (is_english() and one.name_en) or one.name
        found.append({"name": name, "mean": points(mean), "most": points(one.most)})
    return found


@bp.get("/<contest_code>/<round_code>/file")
@access.public
def file(contest_code: str, round_code: str) -> ResponseReturnValue:
    """Give a published result's file, byte for byte; of a replaced one by its number."""
    here = _here(contest_code, round_code)
    session = current_session()
    asked = request.args.get("no", str(here.run.no))
    for each in result_queries.history(session, here.round.id):
        if str(each.no) == asked:
            name = f"{here.contest.code}-{here.round.code}-{each.no}.json"
            return Response(
                each.body,
                content_type=FILE_TYPE,
                headers={"Content-Disposition": f'attachment; filename="{name}"'},
            )
    raise NotFound(NO_FILE)


@bp.app_template_filter("two_places")
def two_places(value: Decimal | None) -> str:
    """Say a number of a result as people read it: two places at most; nothing for none."""
    return "" if value is None else points(rounded(Fraction(value), CENT))


@bp.app_template_filter("filed")
def filed(text: str) -> str:
    """Say a number as the file writes it, as people read it: two places at most."""
    return shown(text)
