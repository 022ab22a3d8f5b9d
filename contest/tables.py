"""Every table of the house: relationship names resolve and Alembic sees the whole schema."""

from contest.accounts import models as accounts
from contest.attempts import models as attempts
from contest.audiences import models as audiences
from contest.contests import models as contests
from contest.core import audit
from contest.core.db import Base
from contest.standings import models as standings
from question_bank import models as questions

ROOMS = (accounts, attempts, audiences, audit, contests, questions, standings)
metadata = Base.metadata
