"""Metrics in Prometheus' text form: requests, jobs, and how long they take. No label ever holds an id."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, PlatformCollector, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_1_0_0, generate_latest

CONTENT_TYPE = CONTENT_TYPE_PLAIN_1_0_0

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)

REQUESTS = Histogram(
    "involinks_request_seconds",
    "Time from the first byte of a request to the last of its answer, by operation.",
    ["method", "route", "status"],
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10),
    registry=REGISTRY,
)
LIMITED = Counter("involinks_rate_limited_total", "Requests refused by a limit.", ["limit"], registry=REGISTRY)
JOBS = Histogram(
    "involinks_job_seconds",
    "Time that a job took, by kind and outcome (done, waiting, dead, lost).",
    ["kind", "outcome"],
    buckets=(0.005, 0.02, 0.05, 0.2, 0.5, 1, 5, 20, 60, 300),
    registry=REGISTRY,
)
QUEUE = Gauge(
    "involinks_queue_jobs", "Jobs by kind and state (waiting, running, dead).", ["kind", "state"], registry=REGISTRY
)
OVERDUE = Gauge(
    "involinks_queue_overdue_seconds", "How long the oldest due job has waited.", ["kind"], registry=REGISTRY
)
ALARMS = Gauge(
    "involinks_alarms", "How often each alarm went off since the database was made (`gateway.alarms`).", ["alarm"],
    registry=REGISTRY,
)  # fmt: skip
CERTIFICATES = Gauge(
    "involinks_certificates", "Certificates of companies' signing keys by the days left (expired, 7, 30, 60, more).",
    ["left"], registry=REGISTRY,
)  # fmt: skip
PROVIDER_LINES = Gauge(
    "involinks_provider_lines", "Lines to providers by adapter and condition (well, refuses_us, unreachable, unknown).",
    ["adapter", "condition"], registry=REGISTRY,
)  # fmt: skip


def exposition() -> bytes:
    """Everything, as text."""
    return generate_latest(REGISTRY)
