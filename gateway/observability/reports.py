"""Optional error reports to Sentry: the exception and where it happened, nothing of the request.

No integration is switched on: Sentry's Litestar integration reads bodies before any guard has run, and local
variables hold invoices and keys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from gateway.observability.masking import mask, mask_value

if TYPE_CHECKING:
    from sentry_sdk.types import Event, Hint

_KEPT = ("event_id", "timestamp", "level", "platform", "release", "environment", "exception", "sdk", "tags", "contexts")


def scrub(event: Event, _: Hint) -> Event | None:
    """Only what names the error and its place, masked."""
    kept = {name: event[name] for name in _KEPT if name in event}  # type: ignore[literal-required]
    for raised in (kept.get("exception") or {}).get("values", []):
        raised["value"] = mask(str(raised.get("value") or ""))
        for frame in (raised.get("stacktrace") or {}).get("frames", []):
            frame.pop("vars", None)
    kept["contexts"] = mask_value("contexts", kept.get("contexts") or {})
    return cast("Event", kept)


def configure(dsn: str, *, environment: str, release: str) -> None:
    """Report unhandled exceptions to this address from now on."""
    import sentry_sdk  # noqa: PLC0415 - costs a third of a second, and few installations use it

    sentry_sdk.init(
        dsn=dsn,
        environment=environment,
        release=release,
        default_integrations=False,
        auto_enabling_integrations=False,
        send_default_pii=False,
        include_local_variables=False,
        include_source_context=False,
        max_breadcrumbs=0,
        before_send=scrub,
    )


def report(error: BaseException, *, request_id: str) -> None:
    """Report one exception; without `configure` this does nothing."""
    import sentry_sdk  # noqa: PLC0415 - see above

    if sentry_sdk.is_initialized():
        with sentry_sdk.new_scope() as scope:
            scope.set_tag("request_id", request_id)
            sentry_sdk.capture_exception(error)
