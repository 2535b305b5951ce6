"""The first sheet of an .xlsx file as rows: what a spreadsheet stores is XML in an archive, and a table needs little of it."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any
from xml.etree import ElementTree

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
"""How a spreadsheet writes a character that XML cannot hold."""


class SheetError(ValueError):
    """A file that is no spreadsheet; the message names it."""


def sheet_rows(path: Path) -> list[dict[str, Any]]:
    """Rows of the first sheet under the names in its first row; empty cells are left out, numbers are numbers. Errors: SheetError naming the file."""
    try:
        with zipfile.ZipFile(path) as archive:
            shared = shared_texts(archive)
            cells = [dict(cells_of(row, shared)) for row in elements(archive, first_sheet(archive), "row")]
    except (OSError, zipfile.BadZipFile, KeyError, ValueError, IndexError, ElementTree.ParseError) as error:
        raise SheetError(f"{path}: cannot be read as a spreadsheet ({error}); it was cut off, or is of another kind") from error
    names, *rows = cells or [{}]
    return [{str(names[column]): value for column, value in row.items() if column in names} for row in rows if row]


def first_sheet(archive: zipfile.ZipFile) -> str:
    """The archive's name of the sheet that stands first in the book."""
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    wanted = book.find(f"{MAIN}sheets")[0].get(RELATION)
    targets = {one.get("Id"): one.get("Target") for one in ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))}
    target = targets[wanted]
    return target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl") / target)


def shared_texts(archive: zipfile.ZipFile) -> list[str]:
    """Texts that cells refer to by number; a book without texts has none."""
    name = "xl/sharedStrings.xml"
    return [text_in(one) for one in elements(archive, name, "si")] if name in archive.namelist() else []


def elements(archive: zipfile.ZipFile, name: str, tag: str) -> Iterator[ElementTree.Element]:
    """Elements of a kind, one at a time: a sheet may be larger than memory."""
    with archive.open(name) as file:
        for _, element in ElementTree.iterparse(file):
            if element.tag == MAIN + tag:
                yield element
                element.clear()


def cells_of(row: ElementTree.Element, shared: list[str]) -> Iterator[tuple[str, Any]]:
    """(column, value) of the cells that hold something; a cell that does not say where it is stands beside the one before."""
    column = 0
    for cell in row.iter(f"{MAIN}c"):
        letters = re.match("[A-Z]+", cell.get("r", ""))
        column = place_of(letters.group()) if letters else column + 1
        value = value_in(cell, shared)
        if value is not None:
            yield str(column), value


def place_of(letters: str) -> int:
    """A column's number: A is 1, AA is 27."""
    place = 0
    for letter in letters:
        place = 26 * place + ord(letter) - ord("A") + 1
    return place


def value_in(cell: ElementTree.Element, shared: list[str]) -> Any:
    """A text, a number, a truth value; None for an empty cell, or an error of a formula."""
    kind, inner = cell.get("t", "n"), cell.find(f"{MAIN}v")
    if kind == "inlineStr":
        return text_in(cell)
    if inner is None or inner.text is None or kind == "e":
        return None
    if kind == "s":
        return shared[int(inner.text)]
    if kind == "str":
        return unescaped(inner.text)
    number = float(inner.text)
    return bool(number) if kind == "b" else int(number) if number.is_integer() and abs(number) < 1e15 else number


def text_in(element: ElementTree.Element) -> str:
    """The text of all runs; what only says how to pronounce it does not belong to it."""
    spoken = {id(one) for phonetic in element.iter(f"{MAIN}rPh") for one in phonetic.iter(f"{MAIN}t")}
    return unescaped("".join(one.text or "" for one in element.iter(f"{MAIN}t") if id(one) not in spoken))


def unescaped(text: str) -> str:
    """The text with its escaped characters."""
    return ESCAPED.sub(lambda found: chr(int(found.group(1), 16)), text)
