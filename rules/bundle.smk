"""Bundle: all that a stranger needs to make a restoration again, in one file; `archive` makes those of all films."""


rule bundle:
    input:
        recipe="results/{film}/recipe.yaml",
        decisions=handed_in(decisions_to_keep),
    output:
        "results/{film}/bundle.tar.gz",
    log:
        "logs/{film}/bundle.log",
    benchmark:
        "benchmarks/{film}/bundle.tsv"
    conda:
        "../envs/media.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        decisions=contents(decisions_to_keep),
        repository=str(REPOSITORY),
    message:
        "{wildcards.film}: bundle"
    script:
        "../scripts/bundle.py"


rule archive:
    input:
        lambda wildcards: [
            f"results/{film}/{name}"
            for film in FILMS
            for name in ("bundle.tar.gz", "package/bagit.txt")
        ],
