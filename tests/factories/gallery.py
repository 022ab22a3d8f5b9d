"""A round whose entries are shown and voted for, with files as the worker leaves them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from factories.contests import make_contest, make_division, make_registration
from factories.entries import entry_rules, make_entries_round, make_entry
from factories.people import make_account, make_grant, make_unit
from sqlalchemy.orm import Session

from contest.accounts.models import Account, Role
from contest.core import ids
from contest.core.storage import DiskStorage
from contest.entries import showing
from contest.entries.models import Entry, EntryFile, EntryVersion
from contest.entries.showing import Gallery
from contest.media.models import Media, MediaFile, State
from contest.rules.entry_rules import EntryKind, VotePeriod, VoteRules
from contest.rules.media import FileKind, What

DAY = timedelta(days=1)
CLIP = b"480p" * 4000
Made = Mapping[FileKind, tuple[bytes, str]]  # the bytes of each file, and their type
VTT = "WEBVTT\n\n00:00.000 --> 00:02.000\nXin chào bà con\n"
MADE: Mapping[What, Made] = {
    What.CLIP: {
        FileKind.ORIGINAL: (b"original with a place", "application/octet-stream"),
        FileKind.SMALL: (CLIP, "video/mp4"),
        FileKind.LARGE: (b"720p" * 9000, "video/mp4"),
        FileKind.POSTER: (b"poster", "image/jpeg"),
        FileKind.STRIP: (b"strip", "image/jpeg"),
    },
    What.PICTURE: {
        FileKind.ORIGINAL: (b"original with a place", "application/octet-stream"),
        FileKind.PICTURE: (b"picture", "image/webp"),
        FileKind.POSTER: (b"poster", "image/webp"),
    },
    What.DOCUMENT: {
        FileKind.ORIGINAL: (b"docx", "application/octet-stream"),
        FileKind.PREVIEW: ("Bài viết <b>của</b> em".encode(), "text/plain; charset=utf-8"),
    },
}
VOTE = VoteRules(VotePeriod.DAY, Decimal(30), 7)


@dataclass
class Scene:
    """One contest with one round; `at` is a moment after closing, when entries may be shown."""

    session: Session
    closes_at: datetime
    rules: Any = None
    files: DiskStorage | None = None
    code: str = "hoi-thi"
    made: Mapping[What, Made] = field(default_factory=lambda: MADE)

    def __post_init__(self) -> None:
        session = self.session
        self.province = make_unit(session, name="Tỉnh Lào Cai", kind="province")
        self.commune = make_unit(session, name="Xã Suối Mây", parent=self.province)
        self.abroad = make_unit(session, name="Tỉnh khác", kind="province")
        self.contest = make_contest(session, self.code, self.province)
        self.division = make_division(session, self.contest, "bang-a", name="Bảng A")
        rules = self.rules or entry_rules(
            kinds=tuple(kind for kind in EntryKind if kind is not EntryKind.PRACTICAL),
            is_gallery=True,
            vote=VOTE,
            takes_links=True,
            most_members=5,
        )
        opens_at = self.closes_at - 7 * DAY
        self.round = make_entries_round(
            session, self.contest, "nop-bai", rules, opens_at=opens_at, closes_at=self.closes_at
        )
        self.organizer = self.person("Lò Thị Mai", self.province)
        make_grant(session, self.organizer, Role.ORGANIZER, self.province)
        self.at = self.closes_at + 2 * timedelta(hours=1)
        session.commit()

    @property
    def here(self) -> Gallery:
        found = showing.of_round(self.contest, self.round)
        assert found is not None
        return found

    @property
    def today(self) -> date:
        return (self.at + timedelta(hours=7)).date()

    def person(self, name: str = "Nguyễn Văn An", unit: Any = None, **facts: Any) -> Account:
        facts = {"phone_blind": "sealed", **facts}
        return make_account(self.session, unit or self.commune, name, **facts)

    def entry(
        self,
        *whats: What,
        owner: Account | None = None,
        is_shown: bool = True,
        state: str = State.READY,
        captions: str | None = None,
        **facts: Any,
    ) -> Entry:
        """Add a handed-in entry with files made ready, shown unless told otherwise."""
        owner = owner or self.person()
        registration = make_registration(
            self.session, self.contest, facts.pop("division", self.division), owner
        )
        if is_shown:
            facts = {"published_at": self.at - timedelta(minutes=30), **facts}
        entry = make_entry(
            self.session,
            self.round,
            registration,
            sent_at=self.closes_at - timedelta(hours=1),
            **{"shows_in_gallery": True, **facts},
        )
        files = [self.add_file(entry, what, state, captions) for what in whats]
        version = self.session.get_one(EntryVersion, (entry.id, 1))
        version.content = {**version.content, "files": [{"code": each.code} for each in files]}
        self.session.commit()
        return entry

    def add_file(
        self, entry: Entry, what: What, state: str = State.READY, captions: str | None = None
    ) -> EntryFile:
        media = Media(
            code=ids.new_code(),
            subject=f"entry:{entry.code}",
            what=what,
            state=state,
            name="nguyen-van-an-7a2.mp4",
            limits={},
            job="none",
            created_at=self.closes_at,
        )
        self.session.add(media)
        self.session.flush()
        for kind, (data, media_type) in self.made[what].items():
            key = f"media/{media.code}-{kind}"
            if self.files is not None:
                self.files.put(key, data, media_type)
            self.session.add(
                MediaFile(
                    media_id=media.id,
                    kind=kind,
                    key=key,
                    media_type=media_type,
                    bytes=len(data),
                    sha256="ab" * 32,
                    width=640,
                    height=360,
                )
            )
        file = EntryFile(
            code=ids.new_code(),
            entry_id=entry.id,
            what=what,
            upload=ids.new_code(24),
            name="nguyen-van-an-7a2.mp4",
            bytes=9,
            sha256="ab" * 32,
            media=media.code,
            about="Một bạn cầm điện thoại",
            captions=captions,
            begun_at=self.closes_at,
            received_at=self.closes_at,
        )
        self.session.add(file)
        self.session.flush()
        return file
