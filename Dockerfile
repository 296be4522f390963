# syntax=docker/dockerfile:1
# Stage 1: the Pulumi CLI, built from its pinned Go module as `make engine` does it.
FROM golang:1.26-bookworm AS pulumi
WORKDIR /src
COPY service/engine/pulumi_cli/go.mod service/engine/pulumi_cli/go.sum ./
RUN go build -trimpath \
      -ldflags "-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v3.259.0" \
      -o /out/pulumi github.com/pulumi/pulumi/pkg/v3/cmd/pulumi

# Stage 2: the packages, hashed, and logflume itself with its migrations.
FROM python:3.13-slim-bookworm AS build
WORKDIR /src
RUN python -m venv /app
COPY requirements.lock ./
RUN /app/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY pyproject.toml README.md ./
COPY service service
COPY programs programs
COPY migrations migrations
# htmx is fetched by hash into the package before it is built.
RUN /app/bin/python -m service.web.htmx && /app/bin/pip install --no-cache-dir --no-deps .

# Stage 3: what runs. Not root; everything it keeps is under /data.
FROM python:3.13-slim-bookworm
RUN useradd --system --uid 10001 --create-home --home-dir /home/logflume logflume \
 && install -d -o logflume -g logflume /data
COPY --from=pulumi /out/pulumi /usr/local/bin/pulumi
COPY --from=build /app /app
ENV PATH=/app/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    LOGFLUME_HOME=/data \
    LOGFLUME_HOST=0.0.0.0 \
    LOGFLUME_LOG_FORMAT=json
USER logflume
WORKDIR /data
VOLUME /data
EXPOSE 8400
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=4 \
  CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f\"http://127.0.0.1:{os.environ.get('LOGFLUME_PORT', '8400')}/healthz\", timeout=4)"]
ENTRYPOINT ["logflume"]
CMD ["web"]
