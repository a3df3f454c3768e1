"""Recipe: everything that determines the pixels of a film, in one file."""


rule recipe:
    input:
        facts="results/{film}/survey/facts.json",
        ledger="results/{film}/survey/ledger.npz",
        parts="results/{film}/cut_parts/parts.json",
        shots="results/{film}/shots.json",
        decisions=handed_in(written_decisions),
        resolved=resolved_stages,
        pictures=pictures_input,
        matte=matte_facts,
        elements=element_facts,
        records=film_records,
        groups=searched_qualities,
        weights=lambda wildcards: stage_weights([wildcards.film]),
    output:
        in_report("results/{film}/recipe.yaml", "recipe", "recipe"),
    log:
        "logs/{film}/recipe.log",
    benchmark:
        "benchmarks/{film}/recipe.tsv"
    conda:
        "../envs/media.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=20,
    params:
        decisions=contents(written_decisions),
        asked=asked_of_film,
        settings=SETTINGS,
    message:
        "{wildcards.film}: recipe"
    script:
        "../scripts/recipe.py"
