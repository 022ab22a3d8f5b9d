"""PDF files from typst templates: the data goes in as JSON, never as part of the markup.

The fonts are those of static/fonts, so that every machine draws the same pages: Be Vietnam Pro has
every Vietnamese letter. (Of those inside the typst package none has: the
bold of Libertinus Serif misplaces marks, its bold italic lacks ơ and ư.) The package's own fonts
stand in for other signs only.
"""

import json
from pathlib import Path
from typing import Any

import typst

from contest.config import ROOT

FONTS = typst.Fonts(
    include_system_fonts=False,
    include_embedded_fonts=True,
    font_paths=[str(ROOT / "static" / "fonts")],
)


def render(template: Path, data: Any) -> bytes:
    """Return the PDF a template makes of JSON values, which it reads from `sys.inputs.data`.

    Equal data give equal bytes: no clock is read. The PDF is tagged, for screen readers.
    """
    made = typst.compile(
        str(template),
        root=str(template.parent),
        font_paths=FONTS,
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        format="pdf",
        timestamp=0,
    )
    if not isinstance(made, bytes):
        raise TypeError("a PDF is one file")
    return made
