"""Write the package of a film."""

from datetime import UTC, datetime
from pathlib import Path

from job import job

with job(snakemake):
    from answerprint import __version__
    from answerprint.archive import bagit, premis
    from answerprint.runtime.files import read_json

    files = snakemake.input
    folder = Path(snakemake.output[0]).parent
    film = folder.parent
    kept = [files.report, files.recipe, files.bundle, files.source, files.analysis, files.shots]
    kept += [*files.transcript, *files.prints, *files.checks]
    kept += [sums for sums in (Path(print_).with_suffix(".framemd5") for print_ in files.prints) if sums.exists()]
    names = {str(Path(path).relative_to(film)): Path(path) for path in kept}
    for name in ("decisions", "corrections"):
        names |= {f"{name}{Path(path).suffix}": Path(path) for path in files.get(name, [])}
    records = list({path: read_json(path) for path in snakemake.params.records}.items())
    when = {
        (record["edition"], record["stage"]): datetime.fromtimestamp(Path(path).stat().st_mtime, UTC).isoformat()
        for path, record in records
    }
    chain = snakemake.params.chain
    makes = {
        edition: [
            name
            for name in names
            for shown in chain.editions
            if name.startswith(f"{shown}/") and edition in {step[0] for step in chain.lineage(shown)}
        ]
        for edition in chain.editions
    }
    source = read_json(files.source)
    bagit.build(
        folder,
        names,
        {"External-Description": f"Restoration of {source['title']}", "External-Identifier": source["film"]},
        premis.stage_events([record for _, record in records], when=when, makes=makes),
        source=source,
        version=__version__,
    )
