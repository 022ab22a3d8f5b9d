"""All organizers' pages of the bank, on one blueprint."""

from question_bank.admin import (  # noqa: F401 -- each adds its pages
    browsing,
    exporting,
    importing,
    reviewing,
    writing,
)
from question_bank.admin.desk import bp

__all__ = ["bp"]
