"""Spreadsheets for tests, written by hand: .xlsx (ECMA-376) and .ods (OpenDocument)."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

Cell = str | int | float
TYPES = """<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Override PartName="/xl/workbook.xml"
 ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>
<Override PartName="/xl/worksheets/sheet1.xml"
 ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>"""
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINKS = """<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="rId1" Type="{type}" Target="{target}"/></Relationships>"""
WORKBOOK = f"""<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">
<sheets><sheet name="Films" sheetId="1" r:id="rId1"/></sheets></workbook>"""
OPEN = "urn:oasis:names:tc:opendocument:xmlns"


def write_xlsx(path: Path, rows: Sequence[Sequence[Cell]], place: str = "") -> Path:
    """Write rows to the first sheet of an .xlsx file; `place` puts one more cell there, such as XFD1048576."""
    lines = [f"<row>{''.join(map(_xlsx_cell, row))}</row>" for row in rows]
    if place:
        number = "".join(character for character in place if character.isdigit())
        lines.append(f'<row r="{number}"><c r="{place}"><v>1</v></c></row>')
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("[Content_Types].xml", TYPES)
        file.writestr("_rels/.rels", LINKS.format(type=f"{OFFICE}/officeDocument", target="xl/workbook.xml"))
        file.writestr("xl/workbook.xml", WORKBOOK)
        file.writestr(
            "xl/_rels/workbook.xml.rels", LINKS.format(type=f"{OFFICE}/worksheet", target="worksheets/sheet1.xml")
        )
        sheet = f'<worksheet xmlns="{MAIN}"><sheetData>{"".join(lines)}</sheetData></worksheet>'
        file.writestr("xl/worksheets/sheet1.xml", sheet)
    return path


def _xlsx_cell(value: Cell) -> str:
    if isinstance(value, str):
        return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
    return f"<c><v>{value}</v></c>"


def write_ods(path: Path, rows: Sequence[Sequence[Cell]]) -> Path:
    """Write rows to the first sheet of an .ods file."""
    lines = "".join(f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>" for row in rows)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        file.writestr(
            "META-INF/manifest.xml",
            f'<manifest:manifest xmlns:manifest="{OPEN}:manifest:1.0"><manifest:file-entry manifest:full-path="/" '
            'manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/></manifest:manifest>',
        )
        file.writestr(
            "content.xml",
            f'<office:document-content xmlns:office="{OPEN}:office:1.0" xmlns:table="{OPEN}:table:1.0" '
            f'xmlns:text="{OPEN}:text:1.0"><office:body><office:spreadsheet><table:table table:name="Films">{lines}'
            "</table:table></office:spreadsheet></office:body></office:document-content>",
        )
    return path


def _ods_cell(value: Cell) -> str:
    if isinstance(value, str):
        text = escape(value)
        return f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'
    return f'<table:table-cell office:value-type="float" office:value="{value}"/>'
