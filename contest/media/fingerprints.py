"""What makes two clips alike, in numbers that outlive encoding, cropping and trimming.

Picture: one 64-bit perceptual hash a second, from the low frequencies of a small luma frame (pHash,
Zauner 2010); a clip is a set of them, so a part of it is found too (vPDQ). Sound: Chromaprint's
32 bits an eighth of a second (Lukáš Lalinský, "How does Chromaprint work?"). Evidence for people,
never a verdict.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

SIDE = 32  # pixels of the luma frame
LOW = 8  # frequencies kept each way
HASH_BYTES = LOW**2 // 8
PLAIN_DEVIATION = 4.0  # of luma: a black or white frame says nothing
MOST_BITS = 12  # of 64 may differ
LEAST_SECONDS = 4  # fewer alike are chance
LEAST_SHARE = 0.4  # of the informative seconds of the shorter clip
BLOCK = 2048  # hashes of the library at a time
SOUND_STEP = 0.1238  # seconds between Chromaprint's numbers
KEY_BITS = 20  # of a sound number, the steadiest
SOUND_ERROR = 0.35  # share of bits that may differ
LEAST_SOUND = 64  # numbers, some 8 seconds
SPAN = 1 << 32  # more numbers than any sound has
LEAST_VOTES = 6  # equal keys at one shift before bits are counted

Hashes = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Likeness:
    """Where a clip is like another: `at` second of this one, `there` second of the other."""

    other: int
    seconds: int  # how many are alike
    at: int
    there: int
    share: float  # of what could be compared in the shorter clip


@cache
def _cosines() -> npt.NDArray[np.float64]:
    """Return the first rows of the discrete cosine transform (type II), without the constant."""
    steps = np.arange(SIDE)
    rows = np.arange(LOW)[:, None]
    table: npt.NDArray[np.float64] = np.cos(np.pi * (2 * steps + 1) * rows / (2 * SIDE))
    return table


def of_frames(luma: bytes) -> bytes:
    """Return eight bytes for each frame of SIDE × SIDE luma bytes; zeros where it says nothing."""
    whole = len(luma) // SIDE**2
    frames = np.frombuffer(luma[: whole * SIDE**2], np.uint8).reshape(whole, SIDE, SIDE)
    values = frames.astype(np.float64)
    low = np.einsum("ij,njk,lk->nil", _cosines(), values, _cosines()).reshape(whole, LOW**2)
    bits = low > np.median(low[:, 1:], axis=1, keepdims=True)
    bits[:, 0] = False  # the mean light tells little, and so 0 can mean "nothing"
    packed = np.packbits(bits, axis=1)
    packed[values.std(axis=(1, 2)) < PLAIN_DEVIATION] = 0
    return packed.tobytes()


def liveliest(luma: bytes) -> float:
    """Return the second, within the first half, whose frame has the most contrast."""
    whole = len(luma) // SIDE**2
    frames = np.frombuffer(luma[: whole * SIDE**2], np.uint8).reshape(whole, SIDE**2)
    if not whole:
        return 0.0
    return float(frames[: (whole + 1) // 2].std(axis=1).argmax())


def _hashes(frames: bytes) -> Hashes:
    return np.frombuffer(frames, ">u8").astype(np.uint64)


def alike(frames: bytes, library: Sequence[bytes]) -> list[Likeness]:
    """Find the clips of `library` that share seconds with this one, the most alike first.

    Seconds count where they follow one another in both at one shift, give or take one. A frame
    that stands still matches at many shifts and still counts once.
    """
    mine = _hashes(frames)
    asked = np.flatnonzero(mine)
    found: list[Likeness] = []
    if len(asked):
        for first, clips in _chunks(library):
            found += _alike_in(first, clips, mine, asked)
    return sorted(found, key=lambda one: (-one.seconds, one.other))


def _chunks(library: Sequence[bytes]) -> Iterator[tuple[int, Sequence[bytes]]]:
    """Cut the library into runs of whole clips, so that memory stays bounded whatever matches."""
    first, size = 0, 0
    for no, one in enumerate(library):
        size += len(one) // HASH_BYTES
        if size >= BLOCK:
            yield first, library[first : no + 1]
            first, size = no + 1, 0
    if size:
        yield first, library[first:]


def _alike_in(
    first: int, clips: Sequence[bytes], mine: Hashes, asked: npt.NDArray[np.int64]
) -> list[Likeness]:
    """Find the likenesses within one run of clips; the first of them is number `first`."""
    theirs = _hashes(b"".join(clips))
    differ = np.bitwise_count(mine[asked][:, None] ^ theirs[None, :])
    near_mine, near_there = np.nonzero((differ <= MOST_BITS) & (theirs != 0)[None, :])
    if not len(near_mine):
        return []
    starts = np.concatenate([[0], np.cumsum([len(one) // HASH_BYTES for one in clips])])
    owner = np.searchsorted(starts, near_there, side="right") - 1
    there, at = near_there - starts[owner], asked[near_mine]
    found = []
    for other in np.unique(owner).tolist():
        part = owner == other
        known = theirs[starts[other] : starts[other + 1]]
        comparable = min(len(asked), int(np.count_nonzero(known)))
        likeness = _aligned(first + other, at[part], there[part], comparable)
        if likeness is not None:
            found.append(likeness)
    return found


def _aligned(other: int, at: Any, there: Any, comparable: int) -> Likeness | None:
    shifts, counts = np.unique(there - at, return_counts=True)
    best = shifts[counts.argmax()]
    within = np.abs(there - at - best) <= 1
    mine, where = np.unique(at[within], return_index=True)
    others = np.unique(there[within])
    seconds = min(len(mine), len(others))
    share = seconds / max(1, comparable)
    if seconds < LEAST_SECONDS or share < LEAST_SHARE:
        return None
    return Likeness(other, seconds, int(mine[0]), int(there[within][where[0]]), round(share, 3))


def same_sound(sound: bytes, library: Sequence[bytes]) -> list[Likeness]:
    """Find the clips of `library` whose sound is this one's over at least eight seconds."""
    mine = np.frombuffer(sound, "<u4")
    lengths = np.array([len(one) // 4 for one in library], np.int64)
    starts = np.concatenate([[0], np.cumsum(lengths)])
    theirs = np.frombuffer(b"".join(library), "<u4")
    at, found_there = _equal_keys(mine, theirs)
    owner = np.searchsorted(starts, found_there, side="right") - 1
    shift = found_there - starts[owner] - at
    pairs, votes = np.unique(owner * SPAN + shift + SPAN // 2, return_counts=True)
    found: dict[int, Likeness] = {}
    for pair in pairs[votes >= LEAST_VOTES].tolist():
        other, by = pair // SPAN, pair % SPAN - SPAN // 2
        span = theirs[starts[other] : starts[other + 1]]
        likeness = _same_bits(other, mine, span, by)
        if likeness is not None and likeness.share > getattr(found.get(other), "share", 0):
            found[other] = likeness
    return sorted(found.values(), key=lambda one: (-one.seconds, one.other))


def _equal_keys(
    mine: Numbers, theirs: Numbers
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return places in mine and in theirs with equal keys; what repeats (silence) is left out."""
    keys = mine >> np.uint32(32 - KEY_BITS)
    values, first, counts = np.unique(keys, return_index=True, return_counts=True)
    values, first = values[counts <= LOW], first[counts <= LOW]
    place = np.full(1 << KEY_BITS, -1, np.int64)
    place[values] = first
    at = place[theirs >> np.uint32(32 - KEY_BITS)]
    there = np.flatnonzero(at >= 0)
    return at[there], there


def _same_bits(other: int, mine: Numbers, theirs: Numbers, shift: int) -> Likeness | None:
    """Compare the whole overlap at `shift` (theirs - mine), in numbers."""
    begin = max(0, -shift)
    length = min(len(mine) - begin, len(theirs) - begin - shift)
    if length < LEAST_SOUND:
        return None
    span = theirs[begin + shift : begin + shift + length]
    wrong = np.bitwise_count(mine[begin : begin + length] ^ span).mean() / 32
    if wrong >= SOUND_ERROR:
        return None
    seconds = [int(one * SOUND_STEP) for one in (length, begin, begin + shift)]
    return Likeness(other, seconds[0], seconds[1], seconds[2], round(1 - float(wrong), 3))


def same_picture(frames: bytes, library: Sequence[bytes]) -> list[Likeness]:
    """Find the pictures of `library` that look like this one, the most alike first."""
    mine = _hashes(frames)
    if len(mine) != 1 or not mine[0] or any(len(one) != HASH_BYTES for one in library):
        return []
    counts = np.bitwise_count(_hashes(b"".join(library)) ^ mine[0])
    found = [
        Likeness(int(other), 0, 0, 0, round(1 - int(counts[other]) / LOW**2, 3))
        for other in np.flatnonzero(counts <= MOST_BITS)
    ]
    return sorted(found, key=lambda one: (-one.share, one.other))
