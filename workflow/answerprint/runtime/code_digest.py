"""Digests of this package's code, so that changed code makes again what it made, and nothing else does.

A digest is over the syntax trees of a module and of every module of the package that it imports, at any depth.
Comments, docstrings, layout and the place of a module in the package do not count, nor does the version of Python.
"""

from __future__ import annotations

import ast
import hashlib
from functools import cache, lru_cache
from pathlib import Path

PACKAGE = Path(__file__).parents[1]
UNCOUNTED = ("__init__", "engines.models", "runtime.errors", "runtime.files", "runtime.progress")
"""Modules that word messages or store files: no result depends on them."""


@lru_cache
def digest_of(*modules: str, package: Path = PACKAGE) -> str:
    """32 hex digits over modules of the package ("film.ingest") and every module of it that they import."""
    digests: dict[Path, str] = {}
    for module in modules:
        _gather(package.joinpath(*module.split(".")).with_suffix(".py"), package, digests)
    return hashlib.sha256("\n".join(sorted(digests.values())).encode()).hexdigest()[:32]


def _gather(path: Path, package: Path, digests: dict[Path, str]) -> None:
    if path not in digests:
        digests[path], files = _module(path, package)
        for file in files:
            _gather(file, package, digests)


@cache
def _module(path: Path, package: Path) -> tuple[str, list[Path]]:
    """The digest of a module, and the files of the package that it imports."""
    tree = ast.parse(path.read_bytes())
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    files = [file for node in imports for file in _imported_files(path, node, package)]
    return hashlib.sha256(_canonical(tree).encode()).hexdigest(), files


def _imported_files(path: Path, node: ast.ImportFrom, package: Path) -> list[Path]:
    """The files of the package that `from ... import ...` reads, without those that do not count."""
    names = (node.module or "").split(".") if node.module else []
    if node.level:
        base = path.parents[node.level - 1].joinpath(*names)
    elif names[:1] == [package.name]:
        base = package.joinpath(*names[1:])
    else:
        return []
    candidates = [base.with_suffix(".py"), base / "__init__.py", *(base / f"{name.name}.py" for name in node.names)]
    uncounted = {package.joinpath(*name.split(".")).with_suffix(".py") for name in UNCOUNTED}
    return [file for file in candidates if file.is_file() and file not in uncounted]


def _canonical(node: object) -> str:
    """A syntax tree as text: the same in every version of Python, without docstrings and the places of imports."""
    if isinstance(node, list):
        return f"[{', '.join(_canonical(item) for item in node if not _is_docstring(item))}]"
    if not isinstance(node, ast.AST):
        return repr(node)
    if isinstance(node, ast.JoinedStr):
        # Python 3.12.1 ends a format like {a:<{width}} with an empty text.
        node = ast.JoinedStr([part for part in node.values if getattr(part, "value", None) != ""])
    relative = isinstance(node, ast.ImportFrom) and node.level
    skipped = ("module", "level") if relative else ("kind", "type_comment")
    fields = [
        f"{name}={_canonical(value)}"
        for name, value in ast.iter_fields(node)
        if name not in skipped and value is not None and value != []
    ]
    return f"{type(node).__name__}({', '.join(fields)})"


def _is_docstring(node: object) -> bool:
    """A string that stands alone as a statement."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
