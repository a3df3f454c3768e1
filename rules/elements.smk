"""Elements: other prints or scans of a film, whose own pixels `clean` takes where the film is damaged.

`survey_element` decodes each once, as `survey` does the film; `place_element` finds by the pictures which of its frames
show the film's; `element` decodes those of one part. Elements are numbered in the order of the sheet, from 0.
"""


rule survey_element:
    input:
        source=lambda wildcards: source_input(element_of(wildcards).path),
    output:
        facts="results/{film}/survey_element/{element}/facts.json",
        ledger="results/{film}/survey_element/{element}/ledger.npz",
        proxy="results/{film}/survey_element/{element}/proxy.npy",
    log:
        "logs/{film}/survey_element/{element}.log",
    benchmark:
        "benchmarks/{film}/survey_element/{element}.tsv"
    conda:
        "../envs/media.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=240,
    params:
        source=lambda wildcards: str(element_of(wildcards).path),
        stamp=lambda wildcards: stamp_of(str(element_of(wildcards).path)),
        rate=element_rate,
        fields=SETTINGS["fields"],
        colour="",
        grey=str(SETTINGS["grey"]).lower(),
        depth=SETTINGS["depth"],
        deinterlace=SETTINGS["deinterlace"],
        # Snakemake does not remember params that depend on `output`.
        accept_damaged=lambda wildcards, output: SETTINGS["accept_damaged"],
        damage_refused=damage_refused(
            "results/{film}/survey_element/{element}/facts.json"
        ),
        time_stamps=reading("time_stamps", element_source),
        missing=reading("missing", element_source),
        wanted=wanted_element,
        code=digest_of("film.survey", "film.ingest"),
    message:
        "{wildcards.film}: survey of element {wildcards.element}"
    script:
        "../scripts/survey_element.py"


rule place_element:
    input:
        facts="results/{film}/survey/facts.json",
        proxy="results/{film}/survey/proxy.npy",
        element="results/{film}/survey_element/{element}/facts.json",
        element_proxy="results/{film}/survey_element/{element}/proxy.npy",
        shots="results/{film}/shots.json",
    output:
        "results/{film}/place_element/{element}.json",
    log:
        "logs/{film}/place_element/{element}.log",
    benchmark:
        "benchmarks/{film}/place_element/{element}.tsv"
    conda:
        "../envs/pixels.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=120,
    params:
        offset=lambda wildcards: element_of(wildcards).offset,
        code=digest_of("film.elements"),
    message:
        "{wildcards.film}: place element {wildcards.element}"
    script:
        "../scripts/place_element.py"


rule element:
    input:
        source=lambda wildcards: ancient(source_input(element_of(wildcards).path)),
        film="results/{film}/survey/facts.json",
        facts="results/{film}/survey_element/{element}/facts.json",
        ledger="results/{film}/survey_element/{element}/ledger.npz",
        parts=ancient("results/{film}/cut_parts/parts.json"),
        known=known,
    output:
        frames=working("results/{film}/element/{element}/{part}.zip"),
    log:
        "logs/{film}/element/{element}/{part}.log",
    benchmark:
        "benchmarks/{film}/element/{element}/{part}.tsv"
    conda:
        "../envs/media.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=240,
    params:
        fingerprint=element_fingerprint,
        label=label,
    message:
        "{wildcards.film}: frames of element {wildcards.element}, {params.label}"
    script:
        "../scripts/element.py"
