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
        decisions=handed_in(written_decisions),
        pictures=pictures_input,
        resolved=resolved_stages,
        records=film_records,
        prints=film_prints,
        matte=matte_facts,
        elements=element_facts,
        checks=each_edition("results/{film}/{edition}/check.json"),
        stills=film_stills,
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
        decisions=contents(written_decisions),
        asked=asked_of_film,
        prints=PROJECT.prints(),
    message:
        "{wildcards.film}: report"
    script:
        "../scripts/report.py"


rule key_results:
    input:
        shots="results/{film}/shots.json",
        analysis="results/{film}/analysis.json",
        prints=film_prints,
        checks=each_edition("results/{film}/{edition}/check.json"),
        stills=film_stills,
    output:
        in_report(
            directory("results/{film}/key_results"),
            "{result}",
            "key_results",
            patterns=["{result}.jpg", "{result}.html"],
        ),
    log:
        "logs/{film}/key_results.log",
    benchmark:
        "benchmarks/{film}/key_results.tsv"
    conda:
        "../envs/media.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=20,
    message:
        "{wildcards.film}: pictures and tables for Snakemake's report"
    script:
        "../scripts/key_results.py"
