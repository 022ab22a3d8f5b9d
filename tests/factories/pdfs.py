"""PDF files written object by object (ISO 32000-1), so that a test knows what is inside."""

from __future__ import annotations


def pdf(
    *texts: str,
    author: str = "Nguyen Thi Hoa",
    script: str = "app.alert(1)",
    url: str = "https://example.invalid/",
) -> bytes:
    """Return a PDF with one page a text, a script that runs on opening, a link, an author."""
    pages = [10 + 2 * at for at in range(len(texts))]
    kids = " ".join(f"{number} 0 R" for number in pages)
    objects = {
        1: f"<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /JavaScript /JS ({script}) >> >>",
        2: f"<< /Type /Pages /Kids [{kids}] /Count {len(texts)} >>",
        3: "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        4: f"<< /Author ({author}) /Title (Secret) >>",
        5: f"<< /Type /Annot /Subtype /Link /Rect [0 0 99 99] /A << /S /URI /URI ({url}) >> >>",
    }
    for number, text in zip(pages, texts, strict=True):
        drawn = f"BT /F1 24 Tf 72 700 Td ({text}) Tj ET"
        objects[number] = (
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Annots [5 0 R] "
            f"/Resources << /Font << /F1 3 0 R >> >> /Contents {number + 1} 0 R >>"
        )
        objects[number + 1] = f"<< /Length {len(drawn)} >>\nstream\n{drawn}\nendstream"
    out = bytearray(b"%PDF-1.4\n")
    places = {}
    for number, body in objects.items():
        places[number] = len(out)
        out += f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1")
    start = len(out)
    out += b"xref\n"
    for number, place in places.items():
        out += f"{number} 1\n{place:010} 00000 n \n".encode()
    out += f"trailer << /Root 1 0 R /Info 4 0 R /Size {max(objects) + 1} >>\n".encode()
    return bytes(out + f"startxref\n{start}\n%%EOF\n".encode())
