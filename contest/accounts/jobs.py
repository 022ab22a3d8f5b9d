"""Long work on people: what the worker's table names."""

from contest.accounts.importing import loading
from contest.core.work import Work


def import_people(work: Work) -> None:
    """Load a list of people, staff or headcounts."""
    loading.load(work)
