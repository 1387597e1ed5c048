"""`/v1/auth`, `/v1/me`, `/v1/members`, `/v1/api-keys` over HTTP: decode, call the flow, answer."""

from gateway.access.api.api_keys import ApiKeys
from gateway.access.api.auth import Auth
from gateway.access.api.me import Me
from gateway.access.api.members import Members

CONTROLLERS = (Auth, Me, Members, ApiKeys)

__all__ = ["CONTROLLERS", "ApiKeys", "Auth", "Me", "Members"]
