"""Report: one HTML file a film, to look at.

`stills` makes pairs of pictures of one part of one edition; `report` puts everything together.
"""


rule stills:
    input:
        before=lambda wildcards: frames_of(
            wildcards.film, "source", "ingest", wildcards.part
        ),
        after=lambda wildcards: frames_of(
            wildcards.film, *CHAIN.end(wildcards.edition), wildcards.part
        ),
        changes=change_files,
        records=lambda wildcards: [
            path.replace(".changes.b2nd", ".json") for path in change_files(wildcards)
        ],
        source="results/{film}/source.json",
        parts="results/{film}/parts.json",
        shots="results/{film}/shots.json",
    output:
        directory("results/{film}/{edition}/stills/{part}"),
    log:
        "logs/{film}/{edition}/stills/{part}.log",
    benchmark:
        "benchmarks/{film}/{edition}/stills/{part}.tsv"
    conda:
        "../envs/media.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=60,
    params:
        stages=lambda wildcards: steps_of(wildcards.edition),
        rate=edition_rate,
        label=label,
    message:
        "{wildcards.film}: stills of {wildcards.edition}, {params.label}"
    script:
        "../scripts/stills.py"


rule report:
    input:
        source="results/{film}/source.json",
        shots="results/{film}/shots.json",
        analysis="results/{film}/analysis.json",
        transcript="results/{film}/transcript.json",
        recipe="results/{film}/recipe.yaml",
        decisions=decisions_input,
        checks=lambda wildcards: editions_of(wildcards.film, "check.json"),
        records=lambda wildcards: [
            path
            for edition in FILMS[wildcards.film].editions
            for path in records_of(wildcards.film, edition)
        ],
        stills=lambda wildcards: [
            f"results/{wildcards.film}/{edition}/stills/{part}"
            for edition in FILMS[wildcards.film].editions
            for part in part_names(wildcards.film)
        ],
    output:
        "results/{film}/report.html",
    log:
        "logs/{film}/report.log",
    benchmark:
        "benchmarks/{film}/report.tsv"
    conda:
        "../envs/media.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=60,
    params:
        chain=CHAIN,
        editions=lambda wildcards: FILMS[wildcards.film].editions,
        prints=PROJECT.prints(),
    message:
        "{wildcards.film}: report"
    script:
        "../scripts/report.py"
