"""Revert: the original pixels of a stage, a region or a shot put back into a print, from its package and the film alone.

snakemake --cores all revert --config package=PATH/package source=PATH/film revert='{edition: restored, stage: clean}'
"""


rule revert:
    input:
        recipe=lambda wildcards: SETTINGS.get("recipe", []),
        prints=lambda wildcards: packaged_prints(),
        frames=lambda wildcards: original_frames(),
    log:
        "logs/revert.log",
    conda:
        "../envs/media.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=240,
    params:
        reversion=lambda wildcards: reversion(),
        parts=lambda wildcards: parts_to_revert(),
        package=SETTINGS.get("package", ""),
        folder=lambda wildcards: f"results/{film_to_reproduce()}/revert/{reversion().edition}",
    message:
        "put original pixels back"
    script:
        "../scripts/revert.py"
