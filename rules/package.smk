"""Package: everything worth keeping of a film as a BagIt bag, with PREMIS and METS records."""


rule package:
    input:
        source="results/{film}/source.json",
        recipe="results/{film}/recipe.yaml",
        kept=kept,
        elements=element_facts,
        records=film_records,
        decided=handed_in(written_decisions),
        decisions=handed_in(decisions_to_keep),
        corrections=handed_in(corrections),
    output:
        "results/{film}/package/bagit.txt",
    log:
        "logs/{film}/package.log",
    benchmark:
        "benchmarks/{film}/package.tsv"
    conda:
        "../envs/media.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=240,
    params:
        decided=contents(written_decisions),
        decisions=contents(decisions_to_keep),
        corrections=contents(corrections),
        asked=asked_of_film,
    message:
        "{wildcards.film}: package"
    script:
        "../scripts/package.py"
