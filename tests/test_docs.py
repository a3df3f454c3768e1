"""What the documentation names exists: links, results, rules, targets, files; the workflow catalog can read it too."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from answerprint import __version__
from places import REPOSITORY as ROOT

PAGES = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("config/*.md"), ROOT / "resources/models/README.md"]
)
RULE_FILES = [ROOT / "Snakefile", *ROOT.glob("rules/**/*.smk")]
RULES = "\n".join(path.read_text(encoding="utf-8") for path in RULE_FILES)
RULE_NAMES = set(re.findall(r"^(?:rule|use rule \w+ as) (\w+)(?::| with:)", RULES, re.MULTILINE))
MAKE_TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
CONSTRAINTS = dict(re.findall(r'^    (\w+)=r?"([^"]+)",$', RULES, re.MULTILINE))
"""The pattern of each wildcard that has one."""
FLAGS = {"-n", "--force", "--lint", "--unlock"}
"""Options of Snakemake that take no value."""

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def links(page: Path) -> set[str]:
    """Targets of a page's Markdown links that are not addresses on the web."""
    return {target for target in re.findall(r"\]\(([^)\s]+)\)", text_of(page)) if "://" not in target}


def anchors(page: Path) -> set[str]:
    """The names by which a page's headings can be linked to, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", text_of(page), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def code(page: Path) -> list[str]:
    """A page's pieces of code: indented lines, and what stands between backticks."""
    text = text_of(page)
    indented = re.findall(r"^ {4}(\S.*)$", text, re.MULTILINE)
    return indented + re.findall(r"`([^`\n]+)`", text)


def commands(page: Path, program: str) -> list[list[str]]:
    """The words after `program` in each command line of a page, comments left out."""
    lines = [re.fullmatch(rf"(?:\.venv/bin/)?{program}\s+(.+)", piece) for piece in code(page)]
    return [shlex.split(line[1], comments=True) for line in lines if line]


def targets(words: list[str]) -> Iterator[str]:
    """The rules and files that a command line of Snakemake asks for."""
    rest = iter(words)
    for word in rest:
        if word.startswith("-"):
            if word not in FLAGS:
                next(rest, None)
        elif "=" not in word:
            yield word


def results(page: Path) -> set[str]:
    """The paths under a film's results that a page names."""
    return {path.rstrip(".,;:") for path in re.findall(r"results/<film>/[\w<>./-]*", text_of(page))}


def made() -> set[str]:
    """Every path under a film's results that a rule names, with its wildcards; without paths put together in Python."""
    paths = re.findall(r"results/\{film\}/[\w{}./-]+", RULES.replace("{{", "{").replace("}}", "}"))
    return {path for path in paths if set(re.findall(r"\{(\w+)\}", path)) <= set(CONSTRAINTS)}


def same(named: str, pattern: str) -> bool:
    """Whether one part of a path that a page names, with <places>, can be what a rule makes, with {wildcards}."""
    as_page = re.sub(r"<[^>]+>", ".+", re.escape(named))
    as_rule = re.sub(r"\\\{(\w+)\\\}", lambda found: f"(?:{CONSTRAINTS[found[1]]})", re.escape(pattern))
    return bool(re.fullmatch(as_page, pattern) or re.fullmatch(as_rule, named))


def is_made(path: str) -> bool:
    """Whether a rule makes that path, or something in that folder."""
    parts = path.rstrip("/").split("/")
    patterns = (pattern.rstrip("/").split("/") for pattern in made())
    return any(
        (len(pattern) == len(parts) or (len(pattern) > len(parts) and path.endswith("/")))
        and all(map(same, parts, pattern))
        for pattern in patterns
    )


@every_page
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    for link in links(page):
        file, _, anchor = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        assert target.exists(), f"{page.name} links to {link}"
        assert not anchor or anchor in anchors(target), (
            f"{page.name} links to {link}, but {target.name} has no such heading"
        )


@every_page
def test_every_result_that_is_named_is_made_by_a_rule(page: Path) -> None:
    assert [path for path in sorted(results(page)) if path != "results/<film>/" and not is_made(path)] == []


def test_a_result_that_no_rule_makes_is_noticed() -> None:
    assert is_made("results/<film>/restored/master.mkv") and is_made("results/<film>/<edition>/<stage>/000.zip")
    assert not is_made("results/<film>/lanes/lanes.html") and not is_made("results/<film>/report.pdf")


@every_page
def test_every_command_names_rules_that_exist(page: Path) -> None:
    wanted = {target for words in commands(page, "snakemake") for target in targets(words)}
    assert {target for target in wanted if "/" not in target} <= RULE_NAMES


@every_page
def test_every_make_target_that_is_named_exists(page: Path) -> None:
    assert {words[0] for words in commands(page, "make")} <= MAKE_TARGETS


@every_page
def test_every_file_of_the_repository_that_is_named_exists(page: Path) -> None:
    named = re.findall(r"(?<![\w./])((?:workflow|rules|scripts|tests|config|resources|envs)/[\w./-]*\w)", text_of(page))
    # The decisions of a film and the working folder's own files are written by whoever restores it.
    theirs = ("config/decisions", "resources/weights")
    assert [path for path in named if not path.startswith(theirs) and not (ROOT / path).exists()] == []


def catalog() -> dict[str, Any]:
    """What the catalog of Snakemake workflows reads about this one."""
    return dict(yaml.safe_load((ROOT / ".snakemake-workflow-catalog.yml").read_text(encoding="utf-8"))["usage"])


def test_the_workflow_catalog_finds_what_it_reads() -> None:
    usage = catalog()
    assert set(usage["mandatory-flags"]) == {"desc", "flags"}
    assert usage["software-stack-deployment"]["conda"] is True and usage["report"] is True
    # It lists repositories whose README has both words, and shows config/README.md.
    assert all(word in text_of(ROOT / "README.md").lower() for word in ("snakemake", "workflow"))
    assert (ROOT / "config" / "README.md").is_file()


def test_the_changelog_begins_with_this_version() -> None:
    versions = re.findall(r"^## (\S+)$", text_of(ROOT / "CHANGELOG.md"), re.MULTILINE)
    assert versions[0] == __version__
