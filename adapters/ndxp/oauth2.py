"""Style A: an API gateway that wants a bearer token (WSO2, client credentials; NDXP sheet §2)."""

from __future__ import annotations

import base64
from urllib.parse import urlencode

from adapters.ndxp.issuer import Issuer
from adapters.ndxp.ride import Road
from adapters.ndxp.settings import RoadSettings
from adapters.ndxp.token import Token
from adapters.ndxp.token_road import FixedToken, TokenRoad
from adapters.transport.http import Http

_GRANT = {"grant_type": "client_credentials"}


def oauth2_road(settings: RoadSettings, http: Http) -> Road:
    """The road with a token handed out for good, or with one fetched by key and secret, in either form seen."""
    if token := settings.token.get_secret_value():
        return TokenRoad(settings, http, FixedToken(token))
    key, secret = settings.consumer_key, settings.consumer_secret.get_secret_value()
    if settings.credentials == "basic":
        basic = base64.b64encode(f"{key}:{secret}".encode()).decode()
        issuer = Issuer(settings, http, {"Authorization": f"Basic {basic}"}, urlencode(_GRANT).encode())
    else:
        form = {**_GRANT, "client_id": key, "client_secret": secret}
        issuer = Issuer(settings, http, {}, urlencode(form).encode())
    return TokenRoad(settings, http, Token(issuer.fetch, http.now, "ndxp.token"))
