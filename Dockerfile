# answerprint and everything that it runs on, from the same locks as `make setup`.
#   docker build -t answerprint .
#   docker run --rm -v /films:/films -v /run-here:/run answerprint --cores all --config film=/films/film.mov
# With GPUs: docker run --gpus all ... --resources gpu=4 --config film=... device=cuda
FROM python:3.11-slim-bookworm

# For `make setup`; the wheels bring everything else.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends make \
 && rm -rf /var/lib/apt/lists/*

WORKDIR /opt/answerprint
COPY requirements.txt requirements-nodeps.txt Makefile ./
RUN PIP_NO_CACHE_DIR=1 make setup
COPY . .

# Results land where the container is run.
WORKDIR /run
ENTRYPOINT ["/opt/answerprint/.venv/bin/snakemake", "--snakefile", "/opt/answerprint/Snakefile"]
CMD ["--help"]
