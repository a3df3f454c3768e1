"""answerprint: restores films in reproducible steps.

Read on in the order of the film: each include is one step, rule = script = folder in results.
"""


include: "rules/common.smk"
include: "rules/decided.smk"
include: "rules/costs.smk"
include: "rules/stages.smk"
include: "rules/plan.smk"
include: "rules/reruns.smk"
include: "rules/models.smk"
include: "rules/demo.smk"
include: "rules/training.smk"
include: "rules/damage.smk"
include: "rules/train.smk"
include: "rules/bench.smk"
include: "rules/bench_speakers.smk"
include: "rules/bench_reproduce.smk"
include: "rules/bench_repair.smk"
include: "rules/ingest.smk"
include: "rules/shots.smk"
include: "rules/audio.smk"
include: "rules/matte.smk"
include: "rules/analysis.smk"
include: "rules/measures.smk"
include: "rules/stabilise.smk"
include: "rules/deflicker.smk"
include: "rules/clean.smk"
include: "rules/denoise.smk"
include: "rules/upscale.smk"
include: "rules/faces.smk"
include: "rules/colorize.smk"
include: "rules/interpolate.smk"
include: "rules/speech.smk"
include: "rules/speakers.smk"
include: "rules/encode.smk"
include: "rules/check.smk"
include: "rules/report.smk"
include: "rules/recipe.smk"
include: "rules/reproduce.smk"
include: "rules/bundle.smk"
include: "rules/package.smk"
include: "rules/listing.smk"


rule all:
    default_target: True
    input:
        all_results,


onstart:
    gc.enable()
    require_room()


onsuccess:
    print(where_to_look())


onerror:
    tell_failures(log)
