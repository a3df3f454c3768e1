"""Package: everything worth keeping of a film as a BagIt bag, with a PREMIS record."""


def kept(wildcards):
    """The results worth keeping."""
    film = wildcards.film
    names = ("report.html", "recipe.yaml", "bundle.tar.gz", "source.json")
    names += ("analysis.json", "shots.json")
    names += tuple(
        f"transcript.{kind}" for kind in ("json", "csv", "srt", "vtt", "ttml")
    )
    masters = PATHS.masters(film)
    return [
        *(f"results/{film}/{name}" for name in names),
        *film_prints(wildcards),
        *each_edition("results/{film}/{edition}/check.json")(wildcards),
        *(path.replace(".mkv", ".framemd5") for path in masters),
    ]


rule package:
    input:
        source="results/{film}/source.json",
        kept=kept,
        records=film_records,
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
        chain=CHAIN,
    message:
        "{wildcards.film}: package"
    script:
        "../scripts/package.py"
