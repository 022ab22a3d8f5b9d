"""Started as a program of its own, in the cage: draws a PDF's pages and reads their text.

`python -I pager.py SOURCE PAPER TEXT` writes a PDF that holds pictures of the pages and nothing
else, and the text as UTF-8, and prints one JSON object: `pages` and `characters` of what was
written, or `refused` with a word that says why. PDFium runs no script here and opens no address;
who made the file, attachments and links stay behind. The text is all the pages hold, what a
picture covers too.
"""

import json
import sys
import unicodedata
from io import BytesIO
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

MOST_PAGES = 100  # drawn; what is beyond stands in the file itself
LONGEST = 1600  # pixels of a page
QUALITY = 75
MOST_CHARACTERS = 200_000


def copy(source: Path, paper: Path, text: Path) -> dict[str, Any]:
    """Draw and read `source`, write both files, and say what was done."""
    drawn = pdfium.PdfDocument.new()
    said: list[str] = []
    with pdfium.PdfDocument(source) as sent:
        sent.init_forms()  # so that filled-in fields are drawn
        pages = min(len(sent), MOST_PAGES)
        for number in range(pages):
            page = sent[number]
            _add(drawn, page)
            if sum(map(len, said)) < MOST_CHARACTERS:
                said.append(page.get_textpage().get_text_bounded().replace("\r\n", "\n").strip())
            page.close()
    if not pages:
        return {"refused": "unreadable", "why": "no page"}
    drawn.save(paper)
    words = unicodedata.normalize("NFC", "\n\n".join(said).strip())[:MOST_CHARACTERS]
    text.write_text(words, encoding="utf-8", errors="replace")
    return {"pages": pages, "characters": len(words)}


def _add(drawn: pdfium.PdfDocument, page: pdfium.PdfPage) -> None:
    """Put a picture of `page` on a new page of the same shape."""
    width, height = page.get_size()
    scale = LONGEST / max(width, height)
    picture = page.render(scale=scale).to_pil().convert("RGB")
    jpeg = BytesIO()
    picture.save(jpeg, "JPEG", quality=QUALITY)
    image = pdfium.PdfImage.new(drawn)
    image.load_jpeg(jpeg, inline=True)
    image.set_matrix(pdfium.PdfMatrix().scale(width, height))
    fresh = drawn.new_page(width, height)
    fresh.insert_obj(image)
    fresh.gen_content()
    fresh.close()


def main(arguments: list[str]) -> None:
    """Copy, and say how it went."""
    try:
        said = copy(*(Path(one) for one in arguments[:3]))
    except MemoryError:
        said = {"refused": "memory"}
    except pdfium.PdfiumError as error:
        is_locked = error.err_code == pdfium_c.FPDF_ERR_PASSWORD
        said = {"refused": "locked" if is_locked else "unreadable", "why": str(error)}
    except Exception as error:  # noqa: BLE001 -- a hostile file makes decoders raise anything
        said = {"refused": "unreadable", "why": type(error).__name__}
    sys.stdout.write(json.dumps(said) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
