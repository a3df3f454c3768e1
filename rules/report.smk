"""Report: one HTML file a film, to look at, and one to judge it blind, and the restoration report in words.

`report/summary.json` holds what the terminal and the list of films say of it.
"""


rule report:
    input:
        source="results/{film}/source.json",
        shots="results/{film}/shots.json",
        analysis="results/{film}/analysis.json",
        transcript="results/{film}/transcript.json",
        timeline="results/{film}/draw_timeline/timeline.html",
        clips="results/{film}/draw_timeline/clips.json",
        recipe="results/{film}/recipe.yaml",
        decisions=decisions_input,
        resolved=resolved_stages,
        records=film_records,
        prints=film_prints,
        matte=matte_facts,
        checks=each_edition("results/{film}/{edition}/check.json"),
        stills=lambda wildcards: [
            f"results/{wildcards.film}/{edition}/encode/stills/{part}"
            for edition in FILMS[wildcards.film].editions
            for part in part_names(wildcards.film)
        ],
    output:
        report=in_report("results/{film}/report.html", "restoration report", "report"),
        review="results/{film}/review.html",
        words=[
            "results/{film}/restoration.md",
            "results/{film}/restoration.html",
            "results/{film}/restoration.pdf",
        ],
        summary="results/{film}/report/summary.json",
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
