"""Makes the published restoration of the demo film again, after `make demo`, and ends with 1 when it is not exact.

    .venv/bin/python tests/published.py

On another kind of processor than the published one, where the last bit may differ, the recipe that `make demo` has just
written is made again instead, and how the two recipes differ is printed.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile

from places import REPOSITORY

sys.path.insert(0, str(REPOSITORY / "workflow"))

from answerprint.archive import recipe, reproduce

PUBLISHED = REPOSITORY / "config" / "published" / "demo.yaml"
OWN = REPOSITORY / "results" / "demo" / "recipe.yaml"


def main() -> int:
    """The exit code of the reproduction."""
    published, own = recipe.read(PUBLISHED), recipe.read(OWN)
    chosen = PUBLISHED
    if published["environment"]["processor"] != recipe.environment()["processor"]:
        chosen = OWN
        print("published on another processor:", *reproduce.differing(published, own), sep="\n  ")
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "snakemake", "--snakefile", str(REPOSITORY / "Snakefile"), "--cores", "all"]
        command += ["--directory", folder, "reproduce", "--quiet", "rules", "--config"]
        return subprocess.call([*command, f"recipe={chosen}", f"source={REPOSITORY / 'demo' / 'film.mkv'}"])


if __name__ == "__main__":
    sys.exit(main())
