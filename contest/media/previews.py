"""Reading what documents say: the text that was made of each when it came in."""

from enum import StrEnum

from contest.core.storage import NoAnswer, Storage
from contest.errors import N_, NotFound
from contest.media.models import MediaFile


class Trouble(StrEnum):
    """Why a document's text cannot be shown; the files themselves are not touched by it."""

    LOST = "lost"
    SILENT = "silent"


WORDS = {
    Trouble.LOST: N_("Không còn thấy phần chữ của tài liệu này trong kho tệp."),
    Trouble.SILENT: N_(
        "Kho tệp đang tạm ngừng nên chưa hiện được tài liệu này. Tệp vẫn còn nguyên; bạn mở lại "
        "trang này sau ít phút."
    ),
}


class Previews:
    """The texts of documents for one page: storage that once did not answer is asked no more."""

    def __init__(self, files: Storage) -> None:
        self._files = files
        self.is_silent = False

    def text(self, kept: MediaFile, most: int) -> tuple[str | None, Trouble | None]:
        """Return the first `most` bytes of a preview as text, or why there is none."""
        if self.is_silent:
            return None, Trouble.SILENT
        try:
            with self._files.open(kept.key, 0, min(kept.bytes, most)) as file:
                return file.read().decode("utf-8", "replace"), None
        except NotFound:
            return None, Trouble.LOST
        except NoAnswer:
            self.is_silent = True
            return None, Trouble.SILENT
