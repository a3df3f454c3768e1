"""Grades: the grade of each shot of an edition as an ASC CDL collection, for other programs.

snakemake --cores 1 results/<film>/presented/grades.ccc
"""


rule grades:
    input:
        "results/{film}/{edition}/join_records/grade.json",
    output:
        "results/{film}/{edition}/grades.ccc",
    log:
        "logs/{film}/{edition}/grades.log",
    benchmark:
        "benchmarks/{film}/{edition}/grades.tsv"
    conda:
        "../envs/pixels.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    message:
        "{wildcards.film}: grades of {wildcards.edition}"
    script:
        "../scripts/grades.py"
