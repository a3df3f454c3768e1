"""`snakemake help` lists every rule that a person asks for by name, and no other."""

from __future__ import annotations

import re

from answerprint.plan.targets import TARGETS, listing
from places import REPOSITORY

RULES = {
    name: body
    for path in [REPOSITORY / "Snakefile", *REPOSITORY.glob("rules/**/*.smk")]
    for name, body in re.findall(r"^rule (\w+):\n((?:    .*\n|\n)+)", path.read_text(), re.MULTILINE)
}


def test_every_target_is_a_rule_without_wildcards() -> None:
    assert set(TARGETS) <= set(RULES)
    assert not [name for name in TARGETS if re.search(r'^        \w*=?"[^"]*\{', RULES[name], re.MULTILINE)]


def test_every_rule_without_output_is_a_target() -> None:
    assert {name for name, body in RULES.items() if "    output:" not in body} <= set(TARGETS)


def test_every_training_and_bench_is_a_target() -> None:
    steps = {"train_draw", "train_piece", "bench_film", "bench_large_film", "bench_peers"}
    assert {name for name in RULES if name.partition("_")[0] in ("train", "bench")} - steps <= set(TARGETS)


def test_every_target_has_a_line_with_its_sentence() -> None:
    lines = listing().splitlines()
    assert all(
        any(line.split()[:1] == [name] and len(line.split()) > 3 for line in lines)
        for name in TARGETS
        if name != "help"
    )
