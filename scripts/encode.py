"""Encode one part of one print."""

from pathlib import Path

from job import job, label

with job(snakemake):
    from answerprint import prints

    params = snakemake.params
    prints.encode_part(
        codec=params.codec,
        quality=params.quality,
        frames=Path(snakemake.input.frames),
        changes=dict(zip(params.stages, map(Path, snakemake.input.get("changes", [])), strict=False)),
        source=snakemake.input.source,
        parts=snakemake.input.parts,
        part=int(snakemake.wildcards.part),
        rate=params.rate,
        output=Path(snakemake.output[0]),
        label=label(snakemake),
    )
