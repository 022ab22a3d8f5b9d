"""Writing audiences: loaded from a readable file, never coded."""

import tomllib

from sqlalchemy import select
from sqlalchemy.orm import Session

from contest.audiences.models import Audience
from contest.errors import N_, Invalid, Problem
from contest.rules.eligibility import AudienceRules

FIELDS = ("name", "name_en", "description", "description_en")
BAD_FILE = N_("Tệp đối tượng dự thi chưa đúng.")


def load(session: Session, data: bytes) -> int:
    """Write the audiences a TOML file lists, in its order; return how many are new.

    Raises Invalid naming the audience and the key that is wrong; then nothing is written.
    """
    try:
        rows = tomllib.loads(data.decode()).get("audience", [])
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Invalid(BAD_FILE) from error
    known = {audience.code: audience for audience in session.scalars(select(Audience))}
    added = 0
    for position, row in enumerate(rows, start=1):
        missing = [name for name in ("code", *FIELDS) if not isinstance(row.get(name), str)]
        if missing:
            problem = Problem(N_("Thiếu mục %(name)s."), name=missing[0])
            raise Invalid(BAD_FILE, problems={str(position): problem})
        rules = AudienceRules.from_json(row.get("rules", {})).as_json()
        audience = known.get(row["code"])
        if audience is None:
            audience = Audience(code=row["code"])
            session.add(audience)
            added += 1
        for name in FIELDS:
            setattr(audience, name, row[name])
        audience.position, audience.rules = position, rules
    session.flush()
    return added
