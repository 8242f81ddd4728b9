"""Style B: a province's LGSP, which wants its five onboarding values in a header beside the token (NDXP sheet §3).

The header is credentials in plain Base64: it goes into the call and nowhere else.
"""

from __future__ import annotations

import base64

import orjson

from adapters.ndxp.issuer import Issuer
from adapters.ndxp.ride import Road
from adapters.ndxp.settings import RoadSettings
from adapters.ndxp.token import Token
from adapters.ndxp.token_road import TokenRoad
from adapters.transport.http import Http


def lgsp_road(settings: RoadSettings, http: Http) -> Road:
    """The road with a token fetched by `lgspaccesstoken`, which every call then carries as well."""
    header = {"lgspaccesstoken": packed(settings)}
    issuer = Issuer(settings, http, header, b"grant_type=client_credentials")
    return TokenRoad(settings, http, Token(issuer.fetch, http.now, "ndxp.token"), header)


def packed(settings: RoadSettings) -> str:
    """The five values in the order seen; whether it matters is unknown."""
    values = {
        "AccessKey": settings.access_key,
        "SecretKey": settings.secret_key.get_secret_value(),
        "AppName": settings.app_name,
        "PartnerCode": settings.partner_code,
        "PartnerCodeCus": settings.partner_code_cus,
    }
    return base64.b64encode(orjson.dumps(values)).decode()
