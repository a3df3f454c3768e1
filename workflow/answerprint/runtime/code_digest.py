"""Digests of this package's code, so that changed code makes again what it made, and nothing else."""

from __future__ import annotations

import ast
import hashlib
from functools import lru_cache
from pathlib import Path

PACKAGE = Path(__file__).parents[1]
SPEAKING = {PACKAGE / f"{name}.py" for name in ("__init__", "runtime/errors", "runtime/files", "runtime/progress")}
"""Modules that name, say or store things: no result depends on them."""


@lru_cache
def digest_of(*files: str) -> str:
    """32 hex digits over files of this package and every module of it that they import, at any depth."""
    seen: dict[Path, bytes] = {}
    for file in files:
        _gather(PACKAGE / file, seen)
    rows = [f"{path.relative_to(PACKAGE)} {hashlib.sha256(text).hexdigest()}" for path, text in sorted(seen.items())]
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()[:32]


def _gather(path: Path, seen: dict[Path, bytes]) -> None:
    if path in seen:
        return
    seen[path] = path.read_bytes()
    for node in ast.walk(ast.parse(seen[path])):
        if isinstance(node, ast.ImportFrom):
            for candidate in _modules(path, node):
                if candidate.is_file():
                    _gather(candidate, seen)


def _modules(path: Path, node: ast.ImportFrom) -> list[Path]:
    """The files that `from ... import ...` may read."""
    if node.level:
        base = path.parents[node.level - 1].joinpath(*(node.module or "").split("."))
    elif (node.module or "").split(".")[0] == PACKAGE.name:
        base = PACKAGE.joinpath(*(node.module or "").split(".")[1:])
    else:
        return []
    files = [base.with_suffix(".py"), base / "__init__.py", *(base / f"{name.name}.py" for name in node.names)]
    return [file for file in files if file not in SPEAKING]
