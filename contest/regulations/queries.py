"""Reads all the rules of one contest are written from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from contest.accounts import queries as people
from contest.accounts.models import Unit
from contest.audiences.models import Audience
from contest.contests import queries as contests
from contest.contests.models import Contest, Round, RuleChange
from contest.contests.specs import RoundKind
from contest.rules.identity import IdentityRules
from question_bank import queries as bank
from question_bank.models import Topic


@dataclass(frozen=True, slots=True)
class Facts:
    """A contest, its rounds and divisions loaded, and the rows its settings name."""

    contest: Contest
    owner: Unit
    audiences: Mapping[int, Audience]  # by id, every one there is
    topics: Mapping[str, Topic]  # by code
    changes: Sequence[RuleChange]  # the latest first

    @property
    def identity(self) -> IdentityRules:
        return IdentityRules.from_json(self.contest.identity)

    @property
    def quizzes(self) -> list[Round]:
        """The rounds that are sat, practice too."""
        return [each for each in self.contest.rounds if each.kind == RoundKind.QUIZ]

    @property
    def entry_rounds(self) -> list[Round]:
        """The rounds that entries are sent in."""
        return [each for each in self.contest.rounds if each.kind == RoundKind.ENTRIES]

    @property
    def counting(self) -> list[Round]:
        """The rounds that are sat and count."""
        return [each for each in self.quizzes if not each.is_practice]


def facts(session: Session, code: str) -> Facts:
    """Return what the rules of a published contest say, in seven statements."""
    contest = contests.contest(session, code)
    return Facts(
        contest=contest,
        owner=contests.owner(session, contest),
        audiences={each.id: each for each in people.audiences(session)},
        topics={each.code: each for each in bank.topics(session)},
        changes=contests.changes_of(session, contest.id),
    )
