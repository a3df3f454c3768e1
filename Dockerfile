# answerprint and everything that it runs on, from the same locks as `make setup`.
#   docker build -t answerprint .
#   docker run --rm --user "$(id -u):$(id -g)" -e ANSWERPRINT_WEIGHTS=/run/weights -v /films:/films:ro -v "$PWD":/run \
#     answerprint --cores all --config film=/films/film.mov
# Weights that a run needs are fetched into the folder that the variable names.
# With GPUs: docker run --gpus all ... --resources gpu=4 --config film=... device=cuda
# The image is named by its tag. To fix its bytes as well, give its digest, which `docker buildx imagetools inspect
# python:3.11-slim-bookworm` prints: docker build --build-arg BASE=python@sha256:... -t answerprint .
ARG BASE=python:3.11-slim-bookworm
FROM ${BASE}

# For `make setup`; the wheels bring everything else.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends make \
 && rm -rf /var/lib/apt/lists/*

WORKDIR /opt/answerprint
COPY requirements.txt requirements-torch.txt requirements-nodeps.txt Makefile ./
RUN PIP_NO_CACHE_DIR=1 make setup
COPY . .

# Nothing here needs root. Snakemake keeps its caches in a home, and --user may choose any user: all can write there.
RUN useradd --create-home --home-dir /home/answerprint answerprint \
 && chmod 1777 /home/answerprint /run
ENV HOME=/home/answerprint
USER answerprint

# Results land where the container is run.
WORKDIR /run
ENTRYPOINT ["/opt/answerprint/.venv/bin/snakemake", "--snakefile", "/opt/answerprint/Snakefile"]
CMD ["--help"]
