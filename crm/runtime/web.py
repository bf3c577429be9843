"""gunicorn's settings, for `manage.py up` and for containers alike."""

import os

bind = os.environ.get("WEB_BIND", "0.0.0.0:8000")
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
# Imported once and forked: half the memory and half the start. Not while code is being changed.
reload = os.environ.get("DEBUG", "").lower() in {"1", "true", "yes", "on"}
preload_app = not reload
# Searches stand in addresses, and a letter beyond ASCII takes six bytes there. The most that gunicorn lets one say.
limit_request_line = 8190
# The next request names that address in its headers, with the host before it.
limit_request_field_size = 16_380
timeout = 60
graceful_timeout = 5
# A worker that leaks is replaced before it hurts; scattered, so that they do not all go at once.
max_requests = 20_000
max_requests_jitter = 2_000
control_socket_disable = True
# Whether a proxy's word on the scheme counts is said in one place: BEHIND_PROXY in the settings.
secure_scheme_headers: dict[str, str] = {}
# Requests are logged once, by Django, without query strings and addresses.
accesslog = None
