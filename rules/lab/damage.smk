"""Damage: a clean film damaged by the simulator, with the truth, as films that any tool reads.

`snakemake --cores 1 damage --config film=PATH 'damage={seed: 7, dirt: 8, weave: 0}'`; docs/train.md.
"""


rule damage_film:
    input:
        film=lambda wildcards: ancient(source_input(FILMS[wildcards.film].source)),
        facts="results/{film}/survey/facts.json",
        ledger="results/{film}/survey/ledger.npz",
    output:
        damaged="damaged/{film}/damaged.mkv",
        clean="damaged/{film}/clean.mkv",
        truth="damaged/{film}/truth.mkv",
        record="damaged/{film}/damage.json",
    log:
        "logs/{film}/damage.log",
    conda:
        "../../envs/media.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=240,
    params:
        order=dataclasses.asdict(
            exit_on_film_error(answerprint.lab.damage_film.order)(
                SETTINGS.get("damage") or {}
            )
        ),
        code=digest_of("lab.damage"),
    message:
        "{wildcards.film}: damage"
    script:
        "../../scripts/damage_film.py"


rule damage:
    input:
        all_damaged,
