"""Damage a film with the simulator."""

from pathlib import Path

from job import job

with job(snakemake):
    from answerprint.lab import damage_film
    from answerprint.lab.damage import Damage

    params = snakemake.params.order
    order = damage_film.Order(**(params | {"options": Damage(**params["options"])}))
    facts, ledger = Path(snakemake.input.facts), Path(snakemake.input.ledger)
    damage_film.make(facts, ledger, Path(snakemake.output.damaged).parent, order)
