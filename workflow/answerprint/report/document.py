"""A document of headings, paragraphs, lists and tables, as Markdown and as HTML; document_pdf writes it as PDF."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from .page import environment


@dataclass(frozen=True, kw_only=True)
class Heading:
    """The head of a section."""

    text: str


@dataclass(frozen=True, kw_only=True)
class Paragraph:
    """Plain text; `lead` stands in bold before it."""

    text: str
    lead: str = ""


@dataclass(frozen=True, kw_only=True)
class Bullets:
    """A list, whose entries may have a lead in bold."""

    items: Sequence[Paragraph]


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows of cells under a head; a head of empty cells is left out."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]


Block = Heading | Paragraph | Bullets | Table


@dataclass(frozen=True, kw_only=True)
class Document:
    """A document with a title and a line below it."""

    title: str
    subtitle: str
    blocks: Sequence[Block]


def markdown(document: Document) -> str:
    """The document as Markdown (GitHub's, for its tables); what a text holds is never taken for markup."""
    parts = [f"# {_escaped(document.title)}", _escaped(document.subtitle), *map(_block, document.blocks)]
    return "\n\n".join(parts) + "\n"


def _block(block: Block) -> str:
    match block:
        case Heading():
            return f"## {_escaped(block.text)}"
        case Paragraph():
            return _said(block)
        case Bullets():
            return "\n".join(f"- {_said(item)}" for item in block.items)
        case Table():
            return "\n".join(_table(block))


def _said(paragraph: Paragraph) -> str:
    text = _escaped(paragraph.text)
    return f"**{_escaped(paragraph.lead)}** {text}" if paragraph.lead else text


def _table(table: Table) -> Iterator[str]:
    for row in (table.head, ["---"] * len(table.head), *table.rows):
        yield (
            "| "
            + " | ".join(cell if row is not table.head and cell == "---" else _escaped(cell) for cell in row)
            + " |"
        )


def _escaped(text: str) -> str:
    """A text on one line in which nothing is Markdown or HTML, a number at its beginning included."""
    line = re.sub(r"([\\`*_{}\[\]<>|~&])", r"\\\1", " ".join(text.split()))
    return re.sub(r"^(\d+)([.)])(?=\s|$)|^([#+-])", lambda found: f"{found[1] or ''}\\{found[2] or found[3]}", line)


def html(document: Document) -> str:
    """The document as one HTML page that fetches nothing."""
    page: str = environment(Fraction(1)).get_template("document.html.j2").render(document=document, kind=_kind)
    return page


def _kind(block: Block) -> str:
    return type(block).__name__
