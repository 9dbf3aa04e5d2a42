# The gateway: REST and JobService. Built from the root of the repository.
FROM python:3.13-slim AS libraries
COPY requirements/runtime.txt /runtime.txt
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r /runtime.txt

FROM python:3.13-slim
COPY --from=libraries /venv /venv
COPY gen/python /app/gen/python
COPY python-gateway /app/python-gateway
ENV PATH=/venv/bin:$PATH PYTHONPATH=/app/python-gateway:/app/gen/python PYTHONUNBUFFERED=1 \
    HARMONIZER_DATA_DIR=/data
RUN install -d -m 0700 -o 65532 -g 65532 /data
USER 65532:65532
VOLUME /data
# REST, JobService, and the probes of a worker.
EXPOSE 8080 8083 8090
STOPSIGNAL SIGTERM
# Also: python -m gateway worker, python -m gateway migrate.
CMD ["python", "-m", "gateway"]
