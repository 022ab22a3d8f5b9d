"""Measuring the questions of a settled round: minutes for a province, so a job."""

import json

from contest.analysis import measuring
from contest.contests.models import Round
from contest.core import audit
from contest.core.work import Work
from contest.errors import N_

READING = N_("Đang đọc các bài thi")
JSON = "application/json"


def measure(work: Work) -> None:
    """Work out a round's figures and keep them for all its organizers."""
    args = work.args
    with work.reading() as session:
        round_ = session.get_one(Round, args["round_id"])
        found = measuring.measure(
            session,
            round_,
            now=work.now(),
            tell=lambda done, total: work.progress(done, total, READING),
        )
    content = json.dumps(found, ensure_ascii=False).encode()
    work.storage.put(measuring.key_of(args["contest"], args["round"]), content, JSON)
    work.attach("phan-tich-cau-hoi.json", JSON, content)
    with work.finish() as session:
        subject = f"round:{args['contest']}/{args['round']}"
        audit.record(session, "analysis.measure", subject, by=work.by, now=work.now())
