"""The reference of the options of every engine, docs/options.md, made from their dataclasses.

python -m answerprint.plan.options_table      # writes the page
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import yaml

from .. import engines

PAGE = Path(__file__).parents[3] / "docs" / "options.md"
HEAD = """# Options of engines

What each engine is and what can be set, in `stages`, `shots`, `speech`, `voices`, `speaking` and `identity` of the
configuration, or for one shot in the film's [decisions](decisions.md). In Python:
`engines.find("clean", "motion").Options`. A list stands in brackets, even if it has one entry: `["3:0.5,0.4"]`. A
list of files may be a mapping: `{3: frame.png}`.
The page is made from the engines by `python -m answerprint.plan.options_table`.
"""
NAMES = {int: "integer", float: "number", str: "text", bool: "boolean"}


def meanings(kind: type) -> dict[str, str]:
    """What each option of a dataclass means: the string below its field, its base classes' included."""
    texts: dict[str, str] = {}
    for owner in reversed(kind.__mro__):
        if not dataclasses.is_dataclass(owner):
            continue
        body = ast.parse(inspect.getsource(owner)).body[0]
        assert isinstance(body, ast.ClassDef)
        for field, text in zip(body.body, body.body[1:], strict=False):
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                value = text.value.value if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant) else ""
                texts[field.target.id] = " ".join(str(value).split())
    return texts


def page() -> str:
    """The whole page as Markdown."""
    sections = [section for step, names in engines.available().items() for section in _step(step, names)]
    return HEAD + "\n".join(["", *sections])


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


def _step(step: str, names: tuple[str, ...]) -> Iterator[str]:
    yield f"## {step}\n"
    for name in names:
        engine = engines.find(step, name)
        summary = engine.card.summary.rstrip(".")
        yield f"### {step}: {name}\n\n{summary[0].upper()}{summary[1:]}.\n"
        rows = list(_rows(engine.Options))
        if rows:
            yield "\n".join(["| option | type | default | meaning |", "| --- | --- | --- | --- |", *rows, ""])


def _rows(kind: type) -> Iterator[str]:
    texts, hints = meanings(kind), typing.get_type_hints(kind)
    for option in dataclasses.fields(kind):
        cells = [f"`{option.name}`", _type(hints[option.name]), _default(option.default), texts[option.name]]
        yield f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"


def _type(hint: Any) -> str:
    if typing.get_origin(hint) is Literal:
        return ", ".join(f"`{value}`" for value in typing.get_args(hint))
    return NAMES.get(hint, "list")


def _default(value: Any) -> str:
    value = list(value) if isinstance(value, tuple) else value
    return f"`{yaml.safe_dump(value, default_flow_style=True).strip().removesuffix('...').strip()}`"


if __name__ == "__main__":
    main()
