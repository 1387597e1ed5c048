"""Groq's client, held to one host: what comes back as it is, and what doesn't as errors of two kinds.

Loaded at the first question only: the client takes seconds to load, and most processes never ask.
"""

from __future__ import annotations

import groq
import httpx
import msgspec

from ingestion.extract.llm import transport
from ingestion.extract.llm.wire import Question


class Failed(Exception):
    """The endpoint answered with an error's status, or with a redirect, which is never followed."""

    def __init__(self, response: httpx.Response) -> None:
        super().__init__(response.status_code)
        self.response = response


class Late(Exception):
    """No whole answer in time."""


class Lost(Exception):
    """No connection, one that broke off, or an answer beyond all bounds."""


class Sender:
    """One host and key; may be used from several threads."""

    def __init__(self, base_url: str, key: str, *, timeout: float) -> None:
        # Tried again by our own rules, so never by the client's; its form of an address is Groq's own, ours any.
        self._client = groq.Groq(
            api_key=key, base_url=base_url, max_retries=0, timeout=timeout, http_client=transport.client(timeout)
        )

    def close(self) -> None:
        """Release its connections."""
        self._client.close()

    def ask(self, question: Question) -> httpx.Response:
        """An answer that succeeded. Raises `Failed`, `Late`, `Lost`."""
        try:
            return self._client.post("/chat/completions", cast_to=httpx.Response, body=msgspec.to_builtins(question))
        except groq.APIError as error:
            raise _meaning(error) from None

    def models(self) -> httpx.Response:
        """The list of models. Raises as `ask`."""
        try:
            return self._client.get("/models", cast_to=httpx.Response)
        except groq.APIError as error:
            raise _meaning(error) from None


def _meaning(error: groq.APIError) -> Exception:
    if isinstance(error, groq.APIStatusError):
        return Failed(error.response)
    return Late() if isinstance(error, groq.APITimeoutError) else Lost()
