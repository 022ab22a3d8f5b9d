"""Every table of the house: relationship names resolve and Alembic sees the whole schema."""

from contest.accounts import models as accounts
from contest.attempts import models as attempts
from contest.audiences import models as audiences
from contest.contests import models as contests
from contest.core import audit, jobs
from contest.core.db import Base
from contest.drafts import models as drafts
from contest.entries import models as entries
from contest.identities import models as identities
from contest.judging import models as judging
from contest.media import models as media
from contest.standings import models as standings
from contest.uploads import models as uploads
from contest.votes import models as votes
from question_bank import models as questions

ROOMS = (
    *(accounts, attempts, audiences, audit, contests),
    *(drafts, entries, identities, jobs, judging, media, questions, standings, uploads, votes),
)
metadata = Base.metadata
