"""Lists of people as files, as Excel and people write them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date
from typing import Any

from xlsxwriter import Workbook

PEOPLE = ["Họ và tên", "Ngày sinh", "Giới tính", "Số điện thoại", "Tên đăng nhập", "Đơn vị"]


def xlsx(sheets: dict[str, Sequence[Sequence[Any]]]) -> bytes:
    """Write sheets by name; numbers stay numbers, days become Excel's days."""
    out = io.BytesIO()
    with Workbook(out, {"in_memory": True}) as book:
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                for at, cell in enumerate(row):
                    if isinstance(cell, date):
                        sheet.write_datetime(number, at, cell, day)
                    elif isinstance(cell, int | float):
                        sheet.write_number(number, at, cell)
                    elif cell:
                        sheet.write_string(number, at, cell)
    return out.getvalue()


def csv(rows: Sequence[Sequence[str]], delimiter: str = ";") -> bytes:
    return "".join(delimiter.join(row) + "\r\n" for row in rows).encode("utf-8-sig")


def people(count: int, unit: str) -> bytes:
    """Write a CSV of `count` different people of one unit."""
    middles = ("Văn", "Thị", "Hữu", "Ngọc", "Minh")
    rows = []
    for at in range(count):
        born = f"{at % 28 + 1:02}/0{at % 9 + 1}/{1950 + at % 60}"
        login = f"nguoi-{at}" if at % 2 else ""
        rows.append([f"Nguyễn {middles[at % 5]} Bình", born, "", "", login, unit])
    return csv([PEOPLE, *rows])
