"""The units a list may name, by code or by name, without marks; near ones for what is unknown."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from sqlalchemy import select
from sqlalchemy.orm import Session

from contest.accounts.models import Unit
from contest.accounts.queries import inside
from contest.errors import N_, Problem
from contest.rules.vietnamese import fold

MOST_UNKNOWN = 20  # different unknown names that are compared with all others
MOST_COMPARED = 3000  # units compared with one unknown name
NEAR = 0.6  # of difflib's likeness

UNKNOWN = N_("Không có đơn vị “%(text)s” trong phần đơn vị của bạn.")
UNKNOWN_NEAR = N_("Không có đơn vị “%(text)s”. Có phải là: %(names)s?")
AMBIGUOUS = N_("Có %(count)d đơn vị tên “%(text)s”. Hãy ghi mã: %(codes)s.")
# What people leave out before a name: "Bảo Thắng" for "Xã Bảo Thắng".
KIND_WORDS = re.compile(
    r"^(xa|phuong|tinh|thon|ban|to dan pho|truong(?: thpt| thcs| tieu hoc| mam non)?|lop)\s+"
)


@dataclass(frozen=True, slots=True)
class Place:
    """A unit as a list may name it."""

    id: int
    code: str
    name: str
    kind: str
    path: str
    headcount: int | None


class Places:
    """All units of the parts of the tree somebody organizes; one query."""

    def __init__(self, session: Session, paths: Sequence[str]) -> None:
        columns = (Unit.id, Unit.code, Unit.name, Unit.kind, Unit.path, Unit.headcount)
        rows = session.execute(
            select(*columns, Unit.parent_id, Unit.name_folded)
            .where(inside(paths))
            .order_by(Unit.name_key, Unit.id)
        ).all()
        self.by_id: dict[int, Place] = {}
        self._by_code: dict[str, Place] = {}
        self._by_name: dict[str, list[Place]] = defaultdict(list)
        self._by_short: dict[str, list[Place]] = defaultdict(list)
        self._classes: dict[tuple[int, str], Place] = {}
        self._answers: dict[str, Place | Problem] = {}
        self._unknown = 0
        for row in rows:
            parent_id, folded = row.parent_id, row.name_folded
            place = Place(row.id, row.code, row.name, row.kind, row.path, row.headcount)
            self.by_id[place.id] = place
            self._by_code[fold(place.code)] = place
            self._by_name[folded].append(place)
            self._by_short[KIND_WORDS.sub("", folded)].append(place)
            if place.kind == "class" and parent_id is not None:
                self._classes[parent_id, class_key(place.name)] = place

    def find(self, text: str) -> Place | Problem:
        """Give the unit of this code or name, or the sentence that says why there is none."""
        wanted = fold(text)
        if wanted not in self._answers:
            self._answers[wanted] = self._found(wanted, text)
        return self._answers[wanted]

    def class_of(self, place: Place, name: str) -> Place | None:
        """Give the class of this name right below a unit."""
        return self._classes.get((place.id, class_key(name)))

    def has_code(self, code: str) -> bool:
        return fold(code) in self._by_code

    def _found(self, wanted: str, text: str) -> Place | Problem:
        if wanted in self._by_code:
            return self._by_code[wanted]
        code, dash, _ = wanted.partition(" - ")  # "02647 - Phường Lào Cai", as our sheet lists it
        if dash and code in self._by_code:
            return self._by_code[code]
        short = KIND_WORDS.sub("", wanted)
        found = self._by_name.get(wanted) or self._by_short.get(short, [])
        if len(found) == 1:
            return found[0]
        shown = text[:60]
        if found:
            codes = ", ".join(place.code for place in found[:5])
            return Problem(AMBIGUOUS, count=len(found), text=shown, codes=codes)
        near = self._near(wanted, short)
        if not near:
            return Problem(UNKNOWN, text=shown)
        return Problem(UNKNOWN_NEAR, text=shown, names="; ".join(near))

    def _near(self, wanted: str, short: str) -> list[str]:
        self._unknown += 1
        if self._unknown > MOST_UNKNOWN:
            return []
        known = self._by_short
        pool = list(known)
        if len(pool) > MOST_COMPARED:
            words = set(short.split())
            pool = [name for name in pool if words & set(name.split())][:MOST_COMPARED]
        names = get_close_matches(short or wanted, pool, n=3, cutoff=NEAR)
        return [f"{known[name][0].name} ({known[name][0].code})" for name in names]


def class_key(name: str) -> str:
    """Give the name of a class as classes compare: "Lớp 6A" and "6a" are one."""
    return re.sub(r"[^a-z0-9]+", "", KIND_WORDS.sub("", fold(name)))
