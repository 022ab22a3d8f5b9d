"""What the worker does for senders: delete files that were taken out before they were handed in."""

from contest.core.work import Work
from contest.entries import files

FORGET = files.FORGET


def forget_file(work: Work) -> None:
    """Delete a removed file's rows, then its bytes; rows first, so that nothing points at a gap."""
    with work.finish() as session:
        keys = files.forget(session, work.args["file"], by=work.by, now=work.now())
    for key in keys:
        work.storage.delete(key)
