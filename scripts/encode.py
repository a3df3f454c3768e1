"""Encode one part of one print."""

from pathlib import Path

from job import job, label

with job(snakemake):  # noqa: F821
    from answerprint import prints
    from answerprint.progress import Progress

    params = snakemake.params  # noqa: F821
    prints.encode_part(
        codec=params.codec,
        quality=params.quality,
        frames=Path(snakemake.input.frames),  # noqa: F821
        changes=dict(zip(params.stages, map(Path, snakemake.input.get("changes", [])), strict=False)),  # noqa: F821
        source=snakemake.input.source,  # noqa: F821
        parts=snakemake.input.parts,  # noqa: F821
        part=int(snakemake.wildcards.part),  # noqa: F821
        rate=params.rate,
        output=Path(snakemake.output[0]),  # noqa: F821
        label=label(snakemake),  # noqa: F821
    )
