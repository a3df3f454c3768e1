"""Write the key pictures and tables of a film for Snakemake's report."""

from pathlib import Path

from job import job, paths

with job(snakemake):
    from answerprint.report import key_results
    from answerprint.runtime.files import read_json

    files, folder = snakemake.input, Path(snakemake.output[0])
    folder.mkdir(parents=True, exist_ok=True)
    stills: dict[str, list[Path]] = {}
    for path in paths(files, "stills"):
        # results/<film>/<edition>/encode/stills/<part>
        stills.setdefault(path.parts[-4], []).append(path)
    for edition, folders in stills.items():
        key_results.before_after(folders, edition, folder / f"before and after, {edition}.jpg")
    key_results.shots_table(folder / "shots.html", read_json(files.shots), read_json(files.analysis))
    checks = {path.parent.name: read_json(path) for path in paths(files, "checks")}
    key_results.prints_table(folder / "prints.html", paths(files, "prints"), checks)
