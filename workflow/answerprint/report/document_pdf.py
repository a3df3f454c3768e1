"""A document as PDF, on A4, in DejaVu Sans: Latin, Greek, Cyrillic, Arabic, Hebrew and more, but no Chinese characters.

A character that the font lacks is written as its code point, such as [U+4E2D], so that nothing is lost.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from itertools import zip_longest
from typing import Any

from .document import Bullets, Document, Heading, Paragraph, Table
from .page import TEMPLATES

FONTS = TEMPLATES / "fonts"
FAMILY = "DejaVu"
BODY, SMALL, TITLE, SECTION = 8.5, 7.0, 16.0, 10.5
"""Sizes in points."""
LINE = 4.0
"""Height of a line of the body in millimetres."""
MOST_LINES = 20
"""Lines of a row of a table: no row may be higher than a page, so a longer one goes on in another below it."""
MARGIN = 16.0
GREY = 100


def pdf(document: Document, when: datetime) -> bytes:
    """The document as a PDF that says it was written at `when`; the same content gives the same bytes."""
    page = _paper(document, when)
    page.set_font(FAMILY, "B", TITLE)
    page.multi_cell(0, TITLE * 0.45, shown(document.title), new_x="LMARGIN", new_y="NEXT")
    page.set_font(FAMILY, "", SMALL)
    page.set_text_color(GREY)
    page.multi_cell(0, LINE, shown(document.subtitle), new_x="LMARGIN", new_y="NEXT")
    page.set_text_color(0)
    for block in document.blocks:
        match block:
            case Heading():
                _heading(page, block)
            case Paragraph():
                _paragraph(page, block)
            case Bullets():
                for item in block.items:
                    _bullet(page, item)
                page.ln(0.8)
            case Table():
                _table(page, block)
    return bytes(page.output())


def _paper(document: Document, when: datetime) -> Any:
    from fpdf import FPDF

    class Paper(FPDF):
        def footer(self) -> None:
            self.set_y(-MARGIN + 4)
            self.set_font(FAMILY, "", SMALL)
            self.set_text_color(GREY)
            self.cell(0, LINE, f"{self.page_no()} / {{nb}}", align="R")
            self.set_text_color(0)

    page = Paper(format="A4")
    page.set_creation_date(when)
    page.set_title(document.title)
    page.set_lang("en")
    page.set_margin(MARGIN)
    page.set_auto_page_break(True, MARGIN)
    page.add_font(FAMILY, "", FONTS / "DejaVuSans.ttf")
    page.add_font(FAMILY, "B", FONTS / "DejaVuSans-Bold.ttf")
    page.add_page()
    return page


def _heading(page: Any, heading: Heading) -> None:
    # A heading at the foot of a page would stand alone.
    if page.will_page_break(6 * LINE):
        page.add_page()
    page.ln(2.2)
    page.set_font(FAMILY, "B", SECTION)
    page.multi_cell(0, LINE * 1.35, shown(heading.text), new_x="LMARGIN", new_y="NEXT")
    page.ln(0.4)


def _paragraph(page: Any, paragraph: Paragraph) -> None:
    if paragraph.lead:
        page.set_font(FAMILY, "B", BODY)
        page.write(LINE, f"{shown(paragraph.lead)} ")
    page.set_font(FAMILY, "", BODY)
    page.write(LINE, shown(paragraph.text))
    page.ln(LINE + 0.8)


def _bullet(page: Any, item: Paragraph) -> None:
    margin = page.l_margin
    page.set_font(FAMILY, "", BODY)
    page.cell(4, LINE, "•")
    page.set_left_margin(margin + 4)
    _paragraph(page, item)
    page.set_left_margin(margin)
    page.set_x(margin)


def _table(page: Any, table: Table) -> None:
    from fpdf.fonts import FontFace

    page.set_font(FAMILY, "", SMALL)
    page.set_draw_color(200)
    bold = FontFace(emphasis="BOLD")
    rows = [table.head, *table.rows] if any(table.head) else table.rows
    texts = [[shown(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    # The widest column takes what is left, but none less than a tenth.
    shares = tuple(max(width, sum(widths) / 10) for width in widths)
    millimetres = [page.epw * share / sum(shares) for share in shares]
    parts = [[_parts(page, text, width) for text, width in zip(row, millimetres, strict=True)] for row in texts]
    with page.table(
        borders_layout="HORIZONTAL_LINES",
        line_height=LINE,
        col_widths=shares,
        text_align="LEFT",
        headings_style=bold,
        first_row_as_headings=any(table.head),
    ) as drawn:
        for row in parts:
            for cells in zip_longest(*row, fillvalue=""):
                drawn.row(cells)
    page.ln(1)


def _parts(page: Any, text: str, width: float) -> list[str]:
    """A cell's text in parts of so many lines as a row may have."""
    lines = page.multi_cell(width, LINE, text, dry_run=True, output="LINES")
    if len(lines) <= MOST_LINES:
        return [text]
    return ["\n".join(lines[i : i + MOST_LINES]) for i in range(0, len(lines), MOST_LINES)]


@lru_cache
def _known() -> frozenset[int]:
    """The characters that the font has, regular and bold."""
    from fontTools.ttLib import TTFont

    regular, bold = (TTFont(FONTS / name).getBestCmap() for name in ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"))
    return frozenset(regular) & frozenset(bold)


def shown(text: str) -> str:
    """A text in characters that the font has."""
    known = _known()
    return "".join(one if ord(one) in known or one.isspace() else f"[U+{ord(one):04X}]" for one in text)
