"""The languages an entry may use besides Vietnamese, and a judge may know.

Codes are those of ISO 639-3 (registration authority: SIL International). A code stands for what
people here call the language: the macrolanguage Hmong (hmn) for every Mông, Iu Mien (ium) for Dao,
Bouyei (pcc), of which Giáy is the local name, and Tai Dón (twh) for Thái. Everybody on a jury knows
Vietnamese, so it is none of them.
"""

from collections.abc import Iterable, Mapping

from contest.errors import N_, Invalid

NAMES: Mapping[str, str] = {
    "hmn": N_("tiếng Mông"),
    "ium": N_("tiếng Dao"),
    "tyz": N_("tiếng Tày"),
    "pcc": N_("tiếng Giáy"),
    "nut": N_("tiếng Nùng"),
    "twh": N_("tiếng Thái"),
    "hni": N_("tiếng Hà Nhì"),
    "eng": N_("tiếng Anh"),
}
UNKNOWN = N_("Hãy chọn thứ tiếng trong các ô có sẵn.")


def clean(codes: Iterable[str]) -> list[str]:
    """Return ISO 639-3 codes in the order of NAMES, each once; Invalid when one is not there."""
    given = set(codes)
    if not given <= NAMES.keys():
        raise Invalid(UNKNOWN)
    return [code for code in NAMES if code in given]


def knows(known: Iterable[str], needed: Iterable[str]) -> bool:
    """Say whether who knows the languages `known` (codes) understands all that are `needed`."""
    return set(needed) <= set(known)
