"""How a token is asked for at `/token`, and what its answer says (NDXP sheet §2, §3; RFC 6749 §4.4, §5).

There is no refresh token for this grant: a new token is simply asked for.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import orjson
from yarl import URL

from adapters.contract import PermanentError, TransientError
from adapters.ndxp import wso2
from adapters.ndxp.road_texts import ROAD
from adapters.ndxp.settings import RoadSettings
from adapters.ndxp.token import Granted
from adapters.transport.http import Answer, Call, Http

REFRESH_AT = 0.9
"""Of a token's stated life: after so much of it a new one is fetched."""

_FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}


class Issuer:
    """Fetches tokens with one account's credentials."""

    def __init__(self, settings: RoadSettings, http: Http, headers: Mapping[str, str], form: bytes) -> None:
        self._http = http
        where = URL(settings.token_url) if settings.token_url else URL(settings.address).with_path("/token")
        self._call = Call(where, {**_FORM, **headers}, form)

    async def fetch(self) -> Granted:
        """A token. Raises `TransientError` where none came, `PermanentError` (destination) where we are not known."""
        answer = await self._http.send(self._call)
        complaint = answer.complaint(write=False)
        if isinstance(complaint, TransientError):
            raise wso2.told(answer, "/token", write=False) or complaint
        if answer.status in (400, 401, 403) or _object(answer).get("error"):
            # Ours to fix, and it concerns every call. The answer is not kept: it may repeat the key.
            raise ROAD["CREDENTIALS_REFUSED"].error(PermanentError, scope="destination")
        if complaint is not None:
            raise complaint
        return _granted(_object(answer))


def _granted(said: Mapping[str, Any]) -> Granted:
    token = said.get("access_token")
    # A line break inside would end the header it goes into.
    if not isinstance(token, str) or not token or not (token.isascii() and token.isprintable()):
        raise ROAD["TOKEN_UNCLEAR"].error(TransientError)
    return Granted(token, _life(said.get("expires_in")) * REFRESH_AT)


def _life(stated: object) -> float:
    """Seconds a token lives, number or text; without a word on it, until it is refused."""
    try:
        seconds = float(stated)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return math.inf
    return seconds if seconds >= 0 else math.inf


def _object(answer: Answer) -> Mapping[str, Any]:
    try:
        tree = orjson.loads(answer.body)
    except ValueError:
        return {}
    return tree if isinstance(tree, dict) else {}
