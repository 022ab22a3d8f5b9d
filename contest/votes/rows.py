"""Lists of votes as files."""

import csv
import io
from collections.abc import Iterable

from flask import Response

from contest.entries.showing import Gallery


def as_csv(here: Gallery, columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Response:
    """Hand out a round's list under its name."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows(rows)
    name = f"binh-chon-{here.contest.code}-{here.round.code}.csv"
    return Response(
        out.getvalue(),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
