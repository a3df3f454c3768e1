"""Measure one section for a stage."""

from pathlib import Path

from job import job, label, parts_in_order

with job(snakemake):
    from answerprint.plan.fingerprint import MeasureFingerprint
    from answerprint.stages import measure

    fingerprint = MeasureFingerprint.from_json(snakemake.params.fingerprint)
    section = measure.SectionJob(
        first=fingerprint.first,
        stop=fingerprint.stop,
        frames=parts_in_order(snakemake.input),
        bounds=fingerprint.bounds,
        output=Path(snakemake.output.measures),
        record=Path(snakemake.output.record),
        label=label(snakemake),
        cuts=fingerprint.cuts,
    )
    measure.for_stage(fingerprint, section)
