"""Report picture: the first screen of a film's report as a picture, for the documentation; it needs Chromium."""


rule report_picture:
    input:
        report=lambda wildcards: f"results/{first_film()}/report.html",
    output:
        "images/report.jpg",
    log:
        "logs/report_picture.log",
    conda:
        "../../envs/media.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    message:
        "a picture of the report"
    script:
        "../../scripts/report_picture.py"
