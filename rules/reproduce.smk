"""Reproduce: a film made again from its recipe alone, and compared with what the recipe says, frame by frame.

snakemake --cores all reproduce --config recipe=PATH/recipe.yaml source=PATH/film
"""


rule reproduce:
    input:
        own=lambda wildcards: f"results/{again()}/recipe.yaml",
        records=lambda wildcards: records_of(again()),
        masters=lambda wildcards: [
            f"results/{again()}/{edition}/master.mkv" for edition in published()
        ],
        reference=lambda wildcards: [str(path) for path in published().values()],
    log:
        "logs/reproduce.log",
    conda:
        "../envs/media.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=60,
    params:
        recipe=SETTINGS.get("recipe", ""),
        tolerance=SETTINGS.get("tolerance", "exact"),
        editions=lambda wildcards: list(published()),
    message:
        "compare with the recipe"
    script:
        "../scripts/reproduce.py"
