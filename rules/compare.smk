"""Compare: two restorations of one film, their recipes and their pixels, as a page to look at.

snakemake --cores 1 compare --config first=results/film second=/elsewhere/results/film
"""


rule compare:
    input:
        lambda wildcards: compared_files(),
    output:
        "results/compare.html",
    log:
        "logs/compare.log",
    conda:
        "../envs/media.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=240,
    params:
        first=SETTINGS.get("first", ""),
        second=SETTINGS.get("second", ""),
    message:
        "compare two restorations"
    script:
        "../scripts/compare.py"
