"""Bench of repair: dirt, scratches, weave, flicker and grain of known truth, beside FFmpeg's filters on the same clips.

The clips lie in `media`; where there are none the rows say so.
"""


rule bench_repair:
    output:
        "bench/repair.md",
    log:
        "logs/bench/repair.log",
    conda:
        "../envs/pixels.yaml"
    threads: workflow.cores or 1
    resources:
        mem_mb=3000,
        runtime=60,
    params:
        media=str(SETTINGS.get("media") or REPOSITORY.parent / "shared" / "media"),
        workflow=str(workflow.main_snakefile),
    message:
        "measure repair on damage of known truth, beside other tools"
    script:
        "../scripts/bench_repair.py"
