"""People, the tree of units they are counted under, their roles and their sign-ins."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from contest.core.db import Base, Id


class Role(StrEnum):
    """What a person may be besides a participant, which everybody signed in is."""

    PARTICIPANT = "participant"
    HELPER = "helper"
    JUDGE = "judge"
    ORGANIZER = "organizer"
    ADMINISTRATOR = "administrator"


class Unit(Base):
    """A body people are counted under; `path` names its ancestors and itself: "/1/7/"."""

    __tablename__ = "units"
    __table_args__ = (Index("ix_units_parent_id_name_key", "parent_id", "name_key"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    name_folded: Mapped[str] = mapped_column(String(200), index=True)
    name_key: Mapped[str] = mapped_column(String(1200))
    kind: Mapped[str] = mapped_column(String(40))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    path: Mapped[str] = mapped_column(String(255), index=True)
    block: Mapped[str | None] = mapped_column(String(60))  # khối địa phương
    headcount: Mapped[int | None]  # declared size, people


class Account(Base):
    """A person. `login` is the folded login name, or "tel:" and the blind form of a phone."""

    __tablename__ = "accounts"
    __table_args__ = (Index("ix_accounts_unit_id_member_code", "unit_id", "member_code"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    login: Mapped[str] = mapped_column(String(80), unique=True)
    phone_sealed: Mapped[str | None] = mapped_column(String(300))
    phone_blind: Mapped[str | None] = mapped_column(String(60), index=True)  # families share one
    member_code: Mapped[str | None] = mapped_column(String(40))  # a pupil's, a member's, in a unit
    password_hash: Mapped[str] = mapped_column(String(200))
    must_change_password: Mapped[bool] = mapped_column(default=False)
    epoch: Mapped[int] = mapped_column(default=1)  # raised by a new password: ends every device
    name: Mapped[str] = mapped_column(String(120))
    name_folded: Mapped[str] = mapped_column(String(120), index=True)
    name_key: Mapped[str] = mapped_column(String(1000))
    birth_date: Mapped[date | None]
    sex: Mapped[str | None] = mapped_column(String(10))
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    audiences: Mapped[list[Any]]  # declared audience codes
    trade: Mapped[str | None] = mapped_column(String(60))
    is_active: Mapped[bool] = mapped_column(default=True)
    registered_at: Mapped[datetime]

    unit: Mapped[Unit] = relationship(lazy="raise")


class RoleGrant(Base):
    """A role inside one part of the tree; an administrator's covers every unit."""

    __tablename__ = "role_grants"
    __table_args__ = (UniqueConstraint("account_id", "role", "unit_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    role: Mapped[str] = mapped_column(String(20))
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    granted_at: Mapped[datetime]


class SignIn(Base):
    """One stay of one account on one device; the cookie carries only its code."""

    __tablename__ = "sign_ins"
    __table_args__ = (Index("ix_sign_ins_account_id_device", "account_id", "device"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    epoch: Mapped[int]
    device: Mapped[str] = mapped_column(String(64))  # hash of the device cookie
    opened_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class PeopleFile(Base):
    """A file of people somebody sent in to be looked over; its job, once asked for, has its code.

    The bytes lie in storage where the job will read them; without a job they go after a day.
    """

    __tablename__ = "people_files"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(String(12), unique=True)
    kind: Mapped[str] = mapped_column(String(20))  # people_file.py: people, staff, headcounts
    name: Mapped[str] = mapped_column(String(200))  # of the file, as it was sent
    owner_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    sent_at: Mapped[datetime]
