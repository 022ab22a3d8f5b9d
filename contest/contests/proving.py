"""Whether the pool of questions suffices for a contest, before anybody is let in."""

from sqlalchemy.orm import Session

from contest.contests.specs import ContestSpec, DivisionSpec, RoundKind, RoundSpec
from contest.errors import N_, Invalid, Problem
from question_bank import queries as bank
from question_bank.rules import drawing
from question_bank.rules.drawing import Candidate, Plan, Quota, Shortage

POOL_SHORT = N_("Nguồn câu hỏi chưa đủ cho cuộc thi này: %(count)d chỗ thiếu.")
SHORT_ANY = N_(
    "Đợt “%(round)s”, bảng “%(division)s”, chủ đề bất kỳ, độ khó bất kỳ: "
    "cần %(needed)d câu, chỉ có %(found)d câu."
)
SHORT_TOPIC = N_(
    "Đợt “%(round)s”, bảng “%(division)s”, chủ đề “%(topic)s”, độ khó bất kỳ: "
    "cần %(needed)d câu, chỉ có %(found)d câu."
)
SHORT_LEVEL = N_(
    "Đợt “%(round)s”, bảng “%(division)s”, chủ đề bất kỳ, độ khó %(difficulty)d: "
    "cần %(needed)d câu, chỉ có %(found)d câu."
)
SHORT_BOTH = N_(
    "Đợt “%(round)s”, bảng “%(division)s”, chủ đề “%(topic)s”, độ khó %(difficulty)d: "
    "cần %(needed)d câu, chỉ có %(found)d câu."
)
UNEVEN = N_(
    "Đợt “%(round)s”, bảng “%(division)s”: chỉ %(found)d trên %(needed)d đề rút thử đạt độ chênh "
    "cho phép; hãy nới bound hoặc bổ sung câu hỏi."
)


def ensure_pool(session: Session, spec: ContestSpec, *, unit_id: int) -> None:
    """Prove that every round can be drawn for every division; Invalid names each short quota."""
    problems: dict[str, Problem] = {}
    proved: dict[tuple[frozenset[int], Plan], list[Shortage]] = {}
    for each in spec.rounds:
        if each.kind is not RoundKind.QUIZ:
            continue
        plan = plan_of(each)
        for division in spec.divisions:
            pool = _pool(session, each, division, unit_id)
            key = frozenset(one.version_id for one in pool), plan
            if key not in proved:
                proved[key] = drawing.check(pool, plan)
            for shortage in proved[key]:
                place, problem = _problem(each, division, plan, shortage)
                problems[place] = problem
    if problems:
        raise Invalid(POOL_SHORT, problems=problems, count=len(problems))


def _pool(
    session: Session, each: RoundSpec, division: DivisionSpec, unit_id: int
) -> list[Candidate]:
    # The moments of a spec are local, so this is the day people there call the closing day.
    day = each.closes_at.date()
    return bank.candidates(session, audience=division.audience, valid_on=day, unit_id=unit_id)


def plan_of(each: RoundSpec) -> Plan:
    """Give the plan of a round as drawing knows it."""
    return Plan(
        quotas=tuple(
            Quota(quota.topic, quota.difficulty, quota.count, frozenset(quota.audiences))
            for quota in each.plan
        ),
        bound=float(each.bound),
        shuffle_questions=each.shuffles_questions,
        shuffle_options=each.shuffles_options,
    )


def _problem(
    each: RoundSpec, division: DivisionSpec, plan: Plan, shortage: Shortage
) -> tuple[str, Problem]:
    """Put a shortage at its place in the file, and in words with its round and division."""
    facts = {"round": each.name, "division": division.name}
    figures = {"needed": shortage.needed, "found": shortage.found}
    place = f"rounds.{each.code}"
    quota = shortage.quota
    if quota is None:
        return f"{place}.bound.{division.code}", Problem(UNEVEN, **facts, **figures)
    number = plan.quotas.index(quota) + 1
    sentences = {
        (True, True): SHORT_BOTH,
        (True, False): SHORT_TOPIC,
        (False, True): SHORT_LEVEL,
        (False, False): SHORT_ANY,
    }
    sentence = sentences[quota.topic is not None, quota.difficulty is not None]
    filling = {"topic": quota.topic, "difficulty": quota.difficulty}
    return f"{place}.plan.{number}.{division.code}", Problem(
        sentence, **facts, **figures, **filling
    )
