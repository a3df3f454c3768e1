"""Encode one part for every print of an edition, and write its stills."""

from pathlib import Path

from job import job, label

with job(snakemake):
    from answerprint.prints import prints
    from answerprint.report import part_stills

    files, params = snakemake.input, snakemake.params
    part = int(snakemake.wildcards.part)
    changes = dict(zip(params.stages, map(Path, files.get("changes", [])), strict=True))
    for name, codec in params.codecs.items():
        prints.encode_part(
            codec=codec,
            quality=params.quality if name == "access" else None,
            frames=Path(files.frames),
            changes=changes,
            source=params.facts,
            parts=params.parts,
            part=part,
            rate=params.rate,
            output=Path(snakemake.output[name]),
            label=f"{label(snakemake)}, {name}",
        )
    part_stills.write(
        Path(snakemake.output.stills),
        before=Path(files.before),
        after=Path(files.frames),
        changes=changes,
        facts=params.facts,
        parts=params.parts,
        part=part,
        rate=params.rate,
    )
