"""Marks the tests that run Snakemake, so that the others can be run alone; a browser for those that need one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from browser import CHROMIUM, Browser


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests in tests/workflow run Snakemake, and so do those elsewhere that say so with the marker."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent / "workflow"):
            item.add_marker("workflow")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium for the tests of pages."""
    if not CHROMIUM:
        pytest.skip("no Chromium is installed")
    with Browser() as running:
        yield running
