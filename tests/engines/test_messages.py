"""What engines tell people can be acted on: the configuration keys that their messages name exist."""

from __future__ import annotations

import ast
import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from answerprint import engines
from answerprint.runtime.errors import FilmError

CONFIGURATION: dict[str, Any] = yaml.safe_load((Path(__file__).parents[2] / "config" / "config.yaml").read_text())
KEY = re.compile(rf"\b(?:stages\.)?(?:{'|'.join(engines.available())}|models)\.(?!yaml)[a-z_]+(?:\.[a-z_]+)?")


def keys_in_messages() -> Iterator[str]:
    """Every configuration key that a string of the engines' code names; docstrings do not count."""
    for path in sorted(Path(engines.__file__).parent.rglob("*.py")):
        tree = ast.parse(path.read_text())
        alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in alone:
                yield from KEY.findall(node.value)


def test_messages_name_keys_that_the_configuration_has() -> None:
    keys = set(keys_in_messages())
    assert {"speech.engine", "stages.upscale.scale", "models.mirror"} <= keys
    for key in keys:
        *path, last = key.split(".")
        section = CONFIGURATION
        for name in path:
            assert name in section, f"{key} is no key of the configuration"
            section = section[name]
        step, choices = path[-1], set(section)
        for engine in engines.available().get(step, ()):
            choices |= {option.name for option in dataclasses.fields(engines.find(step, engine).Options)}
        assert last in choices, f"{key} is no key of the configuration"


def test_a_recogniser_of_english_names_the_key_that_chooses_another_one() -> None:
    recogniser = engines.find("speech", "pocketsphinx")(None)
    with pytest.raises(FilmError, match=r"Set speech\.engine to whisper"):
        recogniser.transcribe(np.zeros(16000, np.float32), [], "de")
