"""Report picture: the first screens of a film's report and of its blind review, for the documentation; it needs Chromium."""


rule report_picture:
    input:
        report=lambda wildcards: f"results/{first_film()}/report.html",
        review=lambda wildcards: f"results/{first_film()}/review.html",
    output:
        report="images/report.jpg",
        review="images/review.jpg",
    log:
        "logs/report_picture.log",
    conda:
        "../../envs/media.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    message:
        "pictures of the report and the blind review"
    script:
        "../../scripts/report_picture.py"
