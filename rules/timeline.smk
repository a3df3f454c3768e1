"""Timeline: the film's shots, warnings and decisions for editing programs, and the notes that come back from there.

snakemake --cores 1 read_notes --config film=PATH timeline=EDITED.otio by="B. Holm"
"""


rule timeline:
    input:
        source="results/{film}/source.json",
        shots="results/{film}/shots.json",
        summary="results/{film}/report/summary.json",
        decisions=handed_in(written_decisions),
    output:
        in_report("results/{film}/timeline.otio", "timeline", "timeline"),
    log:
        "logs/{film}/timeline.log",
    benchmark:
        "benchmarks/{film}/timeline.tsv"
    conda:
        "../envs/media.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        decisions=contents(written_decisions),
        media=shown_in_editors,
    message:
        "{wildcards.film}: timeline for editing programs"
    script:
        "../scripts/timeline.py"


rule decisions_from_notes:
    input:
        timeline=noted_timeline,
        decisions=handed_in(written_decisions),
    output:
        "results/{film}/decisions_from_notes.yaml",
    log:
        "logs/{film}/decisions_from_notes.log",
    conda:
        "../envs/media.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        decisions=contents(written_decisions),
        by=SETTINGS.get("by", ""),
    message:
        "{wildcards.film}: decisions from the notes of a timeline"
    script:
        "../scripts/decisions_from_notes.py"


rule read_notes:
    input:
        lambda wildcards: f"results/{first_film()}/decisions_from_notes.yaml",
