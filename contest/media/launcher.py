"""Started as a program of its own: puts on limits that bind, then becomes the program it is given.

`python -I -S launcher.py PARENT MEMORY CPU FILE NICE PROGRAM ARGUMENT…` (bytes, seconds). Limits
are set here, between fork and exec, because the worker has threads and may not run Python there.
"""

import ctypes
import os
import resource
import signal
import sys
from contextlib import suppress

PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38  # linux/prctl.h
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000  # linux/sched.h


def main(arguments: list[str]) -> None:
    """Limit this process and replace it."""
    parent, memory, cpu, size, nice = (int(one) for one in arguments[:5])
    for what, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, cpu),
        (resource.RLIMIT_FSIZE, size),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))
    for deadly in (signal.SIGXFSZ, signal.SIGPIPE):  # Python ignores them, and so would the program
        signal.signal(deadly, signal.SIG_DFL)
    os.nice(nice)
    if sys.platform == "linux":
        _leave_the_world(parent)
    os.execvp(arguments[5], arguments[5:])  # noqa: S606 -- a shell is what must not be here


def _leave_the_world(parent: int) -> None:
    """Die with the worker, gain no rights, and see no network where the kernel lets us."""
    with suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None)
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        libc.unshare(CLONE_NEWUSER | CLONE_NEWNET)
    if os.getppid() != parent:  # the worker died before we asked to die with it
        os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
