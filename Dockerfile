# How to build and run it: docs/kubernetes.md. BASE_DIGEST has no default, so that nobody builds on an image that was not named:
#   docker build --build-arg BASE_DIGEST=sha256:… -t pratique .
ARG BASE=python:3.12-slim
ARG BASE_DIGEST

FROM ${BASE}@${BASE_DIGEST} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
COPY requirements/run.txt requirements/run.txt
# A package index of your own comes from a pip.conf: --secret id=pip,src=pip.conf. It is not part of the image.
RUN --mount=type=secret,id=pip,target=/etc/pip.conf \
    python -m venv /opt/pratique \
    && /opt/pratique/bin/python -m pip install --require-hashes --only-binary :all: -r requirements/run.txt
COPY LICENSE README.md pyproject.toml ./
COPY config config
COPY quarantine quarantine
COPY proxy proxy
# The requirements hold the build backend, with hashes too: it makes the wheel, then it goes, and pip with it.
RUN /opt/pratique/bin/python -m pip wheel --no-deps --no-index --no-build-isolation --wheel-dir /dist . \
    && /opt/pratique/bin/python -m pip install --no-deps --no-index /dist/pratique-*.whl \
    && /opt/pratique/bin/python -m pip uninstall --yes editables hatchling packaging pathspec pluggy tomlkit trove-classifiers \
    && /opt/pratique/bin/python -m pip check \
    && /opt/pratique/bin/python -m pip uninstall --yes pip setuptools wheel

FROM ${BASE}@${BASE_DIGEST}
LABEL org.opencontainers.image.title="pratique" \
    org.opencontainers.image.description="A caching npm registry proxy with quarantine" \
    org.opencontainers.image.licenses="Apache-2.0"
RUN python -m pip uninstall --yes pip setuptools wheel \
    && groupadd --gid 10001 pratique \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin pratique \
    && install --directory --owner=10001 --group=10001 --mode=0700 /data
COPY --from=build /opt/pratique /opt/pratique
# Who may ask is not said here. The server refuses to listen beyond loopback until access.anonymous is set.
ENV PATH=/opt/pratique/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PRATIQUE_STORAGE__DATA_DIR=/data
USER 10001:10001
WORKDIR /data
VOLUME ["/data"]
EXPOSE 4873
# For docker and compose; Kubernetes has probes of its own. Without the environment's proxies: this stays inside.
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "from urllib.request import ProxyHandler, build_opener; build_opener(ProxyHandler({})).open('http://127.0.0.1:4873/-/pratique/health/live', timeout=4)"]
ENTRYPOINT ["pratique"]
CMD ["serve", "--host", "0.0.0.0", "--port", "4873"]
