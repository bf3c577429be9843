# One image for web, worker, beat and one-shot commands; docker-compose.yml says which is which.
FROM python:3.11-slim AS build
WORKDIR /build
COPY requirements.lock ./
COPY crm/runtime/production_lock.py crm/runtime/
RUN python -m venv /venv \
 && python crm/runtime/production_lock.py > production.lock \
 && /venv/bin/pip install --no-cache-dir --no-deps --only-binary :all: --require-hashes --requirement production.lock

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /app --no-create-home rapport \
 && install -d -o rapport -g rapport /data /data/files /data/tmp
COPY --from=build /venv /venv
WORKDIR /app
COPY . .
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 MEDIA_ROOT=/data/files
# Uploads and exports of hundreds of megabytes do not go into memory, where /tmp is.
ENV TMPDIR=/data/tmp
# Collecting reads settings but no secret; these values are in no running container.
RUN python -m compileall -q crm candidates pipelines campaigns analytics \
 && SECRET_KEY=only-for-collecting-static-files-0123456789-abcdefghij \
    FIELD_KEY=only-for-collecting-static-files-0123456789-abcdefghij \
    DATABASE_URL=postgres://app:none@127.0.0.1:1/none BROKER_URL=redis://127.0.0.1:1/0 \
    python manage.py collectstatic --no-input
USER rapport
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s CMD ["python", "-m", "crm.runtime.probe"]
CMD ["gunicorn", "--config", "python:crm.runtime.web", "crm.wsgi"]
