"""Who a contest is for: audiences are rows with rules, never code."""

from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from contest.core.db import Base, Id


class Audience(Base):
    __tablename__ = "audiences"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(120))
    description: Mapped[str] = mapped_column(String(500))
    description_en: Mapped[str] = mapped_column(String(500))
    position: Mapped[int]
    rules: Mapped[dict[str, Any]]  # as rules/eligibility.py reads it
