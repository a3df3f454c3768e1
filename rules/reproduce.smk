"""Reproduce: a film made again from its recipe alone, and compared with what the recipe says, frame by frame.

snakemake --cores all reproduce --config recipe=PATH/recipe.yaml source=PATH/film
"""


rule reproduce:
    input:
        published=lambda wildcards: SETTINGS.get("recipe", []),
        repeated=lambda wildcards: f"results/{film_to_reproduce()}/recipe.yaml",
        records=lambda wildcards: PATHS.film_records(film_to_reproduce()),
        masters=lambda wildcards: [
            f"results/{film_to_reproduce()}/{edition}/master.mkv"
            for edition in references()
        ],
        reference=lambda wildcards: [str(path) for path in references().values()],
    log:
        "logs/reproduce.log",
    conda:
        "../envs/media.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=60,
    params:
        tolerance=SETTINGS.get("tolerance", "exact"),
        editions=lambda wildcards: list(references()),
    message:
        "compare with the recipe"
    script:
        "../scripts/reproduce.py"
