"""Public votes: one account, one vote in each stated period."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from contest.core.db import Base, Id


class Vote(Base):
    """One vote; `period` is the local day, or the day the round closed for one vote a round."""

    __tablename__ = "votes"
    __table_args__ = (
        UniqueConstraint("round_id", "account_id", "period"),
        Index("ix_votes_entry_id_at", "entry_id", "at"),
        Index("ix_votes_round_id_network", "round_id", "network"),  # what is still to be forgotten
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"))
    entry_id: Mapped[int] = mapped_column(ForeignKey("entries.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    period: Mapped[date]
    at: Mapped[datetime]
    device: Mapped[str] = mapped_column(String(64))  # hash of the device cookie
    # Keyed hash of the address's network. Both are blanked some days after the vote closes.
    network: Mapped[str] = mapped_column(String(64))
    struck_at: Mapped[datetime | None]  # does not count any more
    struck_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    struck_reason: Mapped[str] = mapped_column(String(500), default="")
    strike: Mapped[str | None] = mapped_column(String(16))  # the act that struck it, to undo it
