"""Where all files of this workflow are: beside this one, or unpacked where Snakemake reads the workflow from git.

Snakemake reads such a workflow file by file, but the rules need their library, scripts and weights on disk. The whole
repository is then unpacked into Snakemake's cache, once per commit.
"""

import os
import shutil
import sys
import tarfile
import tempfile
from pathlib import Path

import git

CHECKOUT = "ANSWERPRINT_CHECKOUT"
"""By this variable the jobs of a run with `gh:` find its files: Snakemake hands them nothing but a web address."""


def unpack_repository(clone, commit):
    """The folder in Snakemake's cache that holds all files of a commit of a clone."""
    folder = Path(workflow.source_cache_path, "answerprint", commit.hexsha)
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(dir=folder.parent))
        with tempfile.TemporaryFile() as archive:
            clone.archive(archive, commit.hexsha)
            archive.seek(0)
            tarfile.open(fileobj=archive).extractall(partial, filter="data")
        try:
            partial.rename(folder)
        except OSError:  # Another run has just unpacked the same commit.
            shutil.rmtree(partial)
    return folder


def repository():
    """The folder that holds all files of this workflow."""
    if Path(workflow.snakefile).exists():
        return Path(workflow.snakefile).resolve().parents[2]
    source = workflow.current_basedir
    if hasattr(source, "ref"):
        hosted = hasattr(source, "hosted_repo")
        clone = source.hosted_repo.repo if hosted else git.Repo(source.repo_path)
        os.environ[CHECKOUT] = str(unpack_repository(clone, clone.commit(source.ref)))
    if CHECKOUT not in os.environ:
        sys.exit(
            "answerprint does not run from a web address: name it as gh:OWNER/REPOSITORY@TAG, or clone the repository."
        )
    return Path(os.environ[CHECKOUT])
