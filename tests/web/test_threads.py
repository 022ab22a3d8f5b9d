"""Slots for slow work: half of the threads for one kind, a quarter left for pages."""

import io
from typing import BinaryIO

import pytest
from flask import Flask

from contest.errors import Busy, NotFound
from contest.web import threads

LONG = threads.QUICK + 1


@pytest.mark.parametrize(
    ("count", "most", "together"), [(1, 1, 1), (2, 1, 1), (4, 2, 3), (8, 4, 6), (16, 8, 12)]
)
def test_pages_always_find_a_thread(count: int, most: int, together: int) -> None:
    slots = threads.of(count)
    taken = [slots.take("readers") for _each in range(count)]
    assert sum(taken) == most
    taken += [slots.take("senders") for _each in range(count)]
    assert sum(taken) == together
    assert not slots.take("glancers")
    slots.give_back("readers")
    assert slots.take("senders")


def test_a_slot_is_given_back_by_end_close_failure_and_being_forgotten() -> None:
    site = Flask("site")
    slots = site.extensions["threads"] = threads.of(2)

    def gone() -> BinaryIO:
        raise NotFound("gone")

    with site.test_request_context("/"):
        first = threads.sent(lambda: io.BytesIO(bytes(LONG)), LONG)
        with pytest.raises(Busy):
            threads.sent(lambda: io.BytesIO(bytes(LONG)), LONG)
        assert threads.sent(lambda: io.BytesIO(b"abc"), 3).read() == b"abc"
        assert sum(map(len, first)) == LONG
        assert slots.busy.total() == 0
        first.close()  # again
        assert slots.busy.total() == 0
        with pytest.raises(NotFound):
            threads.sent(gone, LONG)
        threads.sent(lambda: io.BytesIO(bytes(LONG)), LONG).close()
        picture = threads.sent(lambda: io.BytesIO(bytes(LONG)), threads.SHORT + 1)
        assert slots.busy == {"glancers": 1, "readers": 0}
        picture.close()
        dropped = threads.sent(lambda: io.BytesIO(bytes(LONG)), LONG)
        assert slots.busy.total() == 1
        del dropped
        assert slots.busy.total() == 0
