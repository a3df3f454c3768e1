"""answerprint: decides and computes what a film restoration needs; knows nothing of Snakemake."""

__version__ = "0.1.0"
