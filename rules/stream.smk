"""Stream: editions as folders for a web server, with HLS and DASH playlists; made on request, by the target `streams`."""


rule stream:
    input:
        print_=streamed_print,
        subtitles="results/{film}/transcript.vtt",
    output:
        directory("results/{film}/{edition}/stream"),
    log:
        "logs/{film}/{edition}/stream.log",
    benchmark:
        "benchmarks/{film}/{edition}/stream.tsv"
    conda:
        "../envs/media.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=60,
    message:
        "{wildcards.film}: stream of {wildcards.edition}"
    script:
        "../scripts/stream.py"


rule streams:
    input:
        lambda wildcards: [
            f"results/{film}/{edition}/stream"
            for film in FILMS
            for edition in FILMS[film].editions
        ],
