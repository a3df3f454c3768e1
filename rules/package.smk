"""Package: everything worth keeping of a film as a BagIt bag, with a PREMIS record."""


rule package:
    input:
        report="results/{film}/report.html",
        recipe="results/{film}/recipe.yaml",
        bundle="results/{film}/bundle.tar.gz",
        source="results/{film}/source.json",
        analysis="results/{film}/analysis.json",
        shots="results/{film}/shots.json",
        transcript=lambda wildcards: [
            f"results/{wildcards.film}/transcript.{kind}"
            for kind in ("json", "csv", "srt", "vtt", "ttml")
        ],
        prints=lambda wildcards: [
            path
            for edition in FILMS[wildcards.film].editions
            for path in LAYOUT.prints(wildcards.film, edition)
        ],
        checks=each_edition("results/{film}/{edition}/check.json"),
        decisions=decisions_input,
        corrections=corrections_input,
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
        records=all_records,
        chain=CHAIN,
    message:
        "{wildcards.film}: package"
    script:
        "../scripts/package.py"
