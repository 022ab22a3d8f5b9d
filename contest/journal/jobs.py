"""Long work on the log: what the worker's table names."""

from contest.core.work import Work
from contest.journal import service


def export(work: Work) -> None:
    """Write a file of the log."""
    service.export(work)
