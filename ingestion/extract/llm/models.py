"""Which of the configured models is asked: the first that is there. A model that is gone is remembered."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from threading import Lock


class Models:
    """In the order of the configuration; may be used from several threads."""

    def __init__(self, configured: Sequence[str]) -> None:
        """ValueError where none is named."""
        if not configured:
            raise ValueError("no model is named")
        self._configured = tuple(dict.fromkeys(configured))
        self._gone: set[str] = set()
        self._plain: set[str] = set()
        self._lock = Lock()

    def left(self) -> tuple[str, ...]:
        """Models to try, the best first."""
        with self._lock:
            return tuple(model for model in self._configured if model not in self._gone)

    def listed(self, names: Collection[str]) -> None:
        """What the endpoint lists. A list with none of ours isn't about what we may call, and says nothing."""
        with self._lock:
            if any(model in names for model in self._configured):
                self._gone |= {model for model in self._configured if model not in names}

    def gone(self, model: str) -> None:
        """The endpoint doesn't know it any more."""
        with self._lock:
            self._gone.add(model)

    def again(self) -> None:
        """Forget what is gone, so that the next call looks anew."""
        with self._lock:
            self._gone.clear()

    def takes_schema(self, model: str) -> bool:
        """Whether it is asked for an answer by schema; else for any JSON, which we check ourselves as well."""
        with self._lock:
            return model not in self._plain

    def plain(self, model: str) -> None:
        """It refused the schema."""
        with self._lock:
            self._plain.add(model)
