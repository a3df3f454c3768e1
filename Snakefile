"""answerprint: restores films in reproducible steps.

Read on in the order of the film: each include is one step; rule, script and folder in results have one name.
"""

from snakemake.utils import min_version

min_version("9.27")


report: "workflow/report/workflow.rst"


include: "rules/functions/config.smk"
include: "rules/functions/terminal.smk"
include: "rules/functions/sources.smk"
include: "rules/functions/paths.smk"
include: "rules/functions/prints.smk"
include: "rules/functions/recipes.smk"
include: "rules/functions/decisions.smk"
include: "rules/functions/costs.smk"
include: "rules/functions/elements.smk"
include: "rules/functions/fingerprints.smk"
include: "rules/functions/lab.smk"
include: "rules/functions/report.smk"
include: "rules/functions/packages.smk"
include: "rules/reruns.smk"
include: "rules/help.smk"
include: "rules/plan.smk"
include: "rules/films.smk"
include: "rules/models.smk"
include: "rules/ingest.smk"
include: "rules/shots.smk"
include: "rules/matte.smk"
include: "rules/elements.smk"
include: "rules/audio.smk"
include: "rules/analysis.smk"
include: "rules/measures.smk"
include: "rules/video.smk"
include: "rules/stabilise.smk"
include: "rules/deflicker.smk"
include: "rules/dyes.smk"
include: "rules/clean.smk"
include: "rules/denoise.smk"
include: "rules/upscale.smk"
include: "rules/find_faces.smk"
include: "rules/faces.smk"
include: "rules/colorize.smk"
include: "rules/key_frames.smk"
include: "rules/tint.smk"
include: "rules/grade.smk"
include: "rules/grades.smk"
include: "rules/interpolate.smk"
include: "rules/speech.smk"
include: "rules/speakers.smk"
include: "rules/encode.smk"
include: "rules/check.smk"
include: "rules/stream.smk"
include: "rules/report.smk"
include: "rules/timeline.smk"
include: "rules/recipe.smk"
include: "rules/reproduce.smk"
include: "rules/bundle.smk"
include: "rules/package.smk"
include: "rules/revert.smk"
include: "rules/compare.smk"
include: "rules/lab/demo.smk"
include: "rules/lab/damage.smk"
include: "rules/lab/train.smk"
include: "rules/lab/bench.smk"
include: "rules/lab/rulegraph.smk"
include: "rules/lab/report_picture.smk"


rule all:
    default_target: True
    input:
        all_results,


onstart:
    require_writable_results()
    require_room()
    settle_device()
    AT_WORK.update(films_at_work())


onsuccess:
    write_index()
    print(where_to_look())
    fail_for_films_left_out()


onerror:
    write_index()
    tell_failures(log)
