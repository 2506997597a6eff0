# The streaming server in a container. It listens on all addresses of the container, so it refuses to start without
# IB_STREAM_TOKEN. Docs: docs/streaming.md
FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /app
RUN python -m venv /venv
COPY requirements/core.txt requirements/core.txt
# proxy-tools, which a dependency of the chart's library needs, has no wheel.
RUN /venv/bin/pip install --require-hashes --only-binary=:all: --no-binary=proxy-tools -r requirements/core.txt
COPY pyproject.toml README.md LICENSE main.py gui.py ./
COPY ai ai
COPY charting charting
COPY cli cli
COPY config config
COPY core core
COPY data_processing data_processing
COPY data_storage data_storage
COPY ib_api ib_api
COPY ib_stream ib_stream
COPY market market
COPY simulator simulator
COPY tws_wrapper tws_wrapper
COPY ui ui
RUN /venv/bin/pip install --no-deps --no-build-isolation -e . && /venv/bin/python -m compileall -q /app

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /app truetick && mkdir -p /data && chown truetick /data
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
USER truetick
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 \
    IB_STREAM_BIND=0.0.0.0:8000 IB_DATA_DIR=/data IB_LOG_AUTOSETUP=0
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
# 503 until TWS is there: "healthy" means that streams can be had.
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=4 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health', timeout=4)"]
ENTRYPOINT ["python", "main.py"]
CMD ["serve"]
