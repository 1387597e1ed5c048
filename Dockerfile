# syntax=docker/dockerfile:1
# One image for the gateway, the worker and the operator's commands. It runs as a user of its own, keeps nothing
# outside /var/lib/involinks, and works with a read-only root file system.

FROM python:3.11-slim-bookworm AS build
WORKDIR /app
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy UV_NO_CACHE=1
COPY requirements/uv.txt requirements/runtime.txt requirements/
RUN python -m venv .venv \
    && .venv/bin/python -m pip install --quiet --require-hashes -r requirements/uv.txt \
    && .venv/bin/uv pip install --quiet --python .venv/bin/python --require-hashes -r requirements/runtime.txt
COPY schemas schemas
RUN .venv/bin/python -m schemas install
COPY certs certs
COPY gateway gateway
COPY ledger ledger
COPY migrations migrations
COPY peppol peppol
COPY ubl ubl
RUN .venv/bin/python -m compileall -q certs gateway ledger migrations peppol schemas ubl

FROM python:3.11-slim-bookworm
RUN groupadd --system --gid 10001 involinks \
    && useradd --system --uid 10001 --gid involinks --home-dir /nonexistent --shell /usr/sbin/nologin involinks \
    && install -d -o involinks -g involinks -m 0700 /var/lib/involinks
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    INVOLINKS_HOME=/var/lib/involinks INVOLINKS_HOST=0.0.0.0 INVOLINKS_PORT=8000
USER involinks
VOLUME /var/lib/involinks
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/ready', timeout=4)"]
ENTRYPOINT ["python", "-m", "gateway"]
CMD ["serve"]
