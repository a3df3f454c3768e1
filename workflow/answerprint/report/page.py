"""What the pages share: their templates and filters, and data that a script in the page can read."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from . import formatting

TEMPLATES = Path(__file__).parents[2] / "report"


def environment(rate: Fraction) -> Any:
    """A Jinja environment of the page templates, with filters for a film at that rate."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "clock": formatting.clock,
        "number": formatting.number,
        "percent": formatting.percent,
        "bytes": formatting.size,
        "sentence": formatting.sentence,
        "coded": coded,
        "at": lambda frame: formatting.clock(frame / rate),
        "words": lambda name: str(name).replace("_", " "),
    }
    return made


def coded(text: str) -> Markup:
    """A text in which what stands between backquotes is marked as code."""
    return Markup(re.sub("`([^`]+)`", r"<code>\1</code>", str(escape(text))))


def script_data(value: Any) -> Markup:
    """Plain values as JSON within a script element: nothing in them can end it."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029"))
