"""Lists as files: CSV that spreadsheets read, and workbooks."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

import xlsxwriter
from django.http import Http404, HttpResponse
from django.utils import timezone

#: What a list is offered as: name in the address → media type.
FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def response(
    kind: str, *, name: str, title: str, heading: Sequence[str], rows: Iterable[Sequence[object]]
) -> HttpResponse:
    """A list as a file to keep. name: of the file, without date and ending. Raises Http404 for an unknown format."""
    if kind not in FORMATS:
        raise Http404
    table = [["" if cell is None else str(cell) for cell in row] for row in rows]
    body = as_csv(heading, table) if kind == "csv" else as_workbook(title, heading, table)
    file = f"{name}-{timezone.localdate():%Y%m%d}.{kind}"
    return HttpResponse(
        body, content_type=FORMATS[kind], headers={"Content-Disposition": f'attachment; filename="{file}"'}
    )


def as_csv(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """UTF-8 with a mark, so that spreadsheets read Chinese; no cell can be taken for a formula."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(heading)
    writer.writerows([[_harmless(cell) for cell in row] for row in rows])
    return text.getvalue().encode("utf-8-sig")


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def as_workbook(title: str, heading: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """One sheet, heading frozen and filtered, set up for printing on landscape A4."""
    memory = io.BytesIO()
    with xlsxwriter.Workbook(memory, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet(title[:31])
        bold = book.add_format({"bold": True, "bg_color": "#e8f0fb", "border": 1, "text_wrap": True})
        plain = book.add_format({"border": 1, "text_wrap": True, "valign": "top"})
        for column, word in enumerate(heading):
            sheet.write_string(0, column, word, bold)
            longest = max([len(word), *(len(row[column]) for row in rows)], default=8)
            sheet.set_column(column, column, min(44, max(9, longest * 1.7)))
        for number, row in enumerate(rows, start=1):
            for column, cell in enumerate(row):
                sheet.write_string(number, column, cell[:32_000], plain)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, max(1, len(rows)), max(0, len(heading) - 1))
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
    return memory.getvalue()
