"""Key frames: pictures to colour by hand, the most useful first.

`snakemake color_sheets` writes them for every film, into results/<film>/<edition>/key_frames/. Coloured or painted on,
and put into config/decisions/<film>/, they colour their shots.
"""


rule key_frames:
    input:
        measures="results/{film}/{edition}/join_measures/colorize.zip",
        frames=before_colour,
        shots="results/{film}/shots.json",
        parts="results/{film}/cut_parts/parts.json",
    output:
        directory("results/{film}/{edition}/key_frames"),
    log:
        "logs/{film}/{edition}/key_frames.log",
    benchmark:
        "benchmarks/{film}/{edition}/key_frames.tsv"
    conda:
        "../envs/pixels.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    message:
        "{wildcards.film}: frames to colour, {wildcards.edition}"
    script:
        "../scripts/key_frames.py"


rule color_sheets:
    input:
        color_sheets,
