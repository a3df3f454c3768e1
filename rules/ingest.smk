"""Ingest: what the source is, and its frames as working files.

`survey` decodes a source once: facts, ledger, tiny pictures. `ingest` decodes one part of it.
"""


rule survey:
    input:
        source=lambda wildcards: str(FILMS[wildcards.film].source),
    output:
        facts="results/{film}/source.json",
        ledger="results/{film}/survey/ledger.npz",
        proxy="results/{film}/survey/proxy.npy",
    log:
        "logs/{film}/survey.log",
    benchmark:
        "benchmarks/{film}/survey.tsv"
    conda:
        "../envs/media.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=240,
    params:
        rate=lambda wildcards: str(FILMS[wildcards.film].rate or ""),
        fields=SETTINGS["fields"],
        grey=str(SETTINGS["grey"]).lower(),
        depth=SETTINGS["depth"],
        accept_damaged=SETTINGS["accept_damaged"],
        title=lambda wildcards: FILMS[wildcards.film].title,
        year=lambda wildcards: FILMS[wildcards.film].year,
        notes=lambda wildcards: FILMS[wildcards.film].notes,
    message:
        "{wildcards.film}: survey of the source"
    script:
        "../scripts/survey.py"


rule ingest:
    input:
        film=lambda wildcards: ancient(str(FILMS[wildcards.film].source)),
        source="results/{film}/source.json",
        ledger="results/{film}/survey/ledger.npz",
        parts="results/{film}/parts.json",
        detected=ancient("results/{film}/shots/detected.json"),
    output:
        frames=working("results/{film}/source/ingest/{part}.b2nd"),
    log:
        "logs/{film}/source/ingest/{part}.log",
    benchmark:
        "benchmarks/{film}/source/ingest/{part}.tsv"
    conda:
        "../envs/media.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=240,
    params:
        brief=lambda wildcards, input: answerprint.brief.ingest_brief(
            cut_of(wildcards, input), int(wildcards.part)
        ),
        label=label,
    message:
        "{wildcards.film}: ingest {params.label}"
    script:
        "../scripts/ingest.py"
