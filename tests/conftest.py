"""Marks the tests that run Snakemake, so that the others can be run alone."""

from __future__ import annotations

from pathlib import Path

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests in tests/workflow run Snakemake, and so do those elsewhere that say so with the marker."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent / "workflow"):
            item.add_marker("workflow")
