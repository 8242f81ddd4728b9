"""Documents made to read files, call out, fill memory or be read in two ways; and commands with more in them."""

from __future__ import annotations

from typing import Any

from tests.e2e.rig import recorded
from tests.security.negative.case import CONTENT, JSON, STRUCTURED, XML, Ask, Case, Trace, refused

_BOMB = (
    '<!DOCTYPE h [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {one} "{f"&{before};" * 10}">' for before, one in zip("abcdefgh", "bcdefghi", strict=True))
    + "]><HoSo>&i;</HoSo>"
)


def _xml(name: str, text: str | bytes, status: int = 400, code: str = "XML_DOCTYPE") -> Case:
    leaves = refused("postMessages", "mot-cua") if status in (400, 413) else CONTENT
    return Case(name, Ask(who="mot-cua", body=text, content=XML), status, code, leaves, ("root:", "/etc/passwd"))


XMLS = (
    _xml("a billion laughs", _BOMB),
    _xml("a file of this machine", '<!DOCTYPE h [<!ENTITY e SYSTEM "file:///etc/passwd">]><HoSo>&e;</HoSo>'),
    _xml(
        "a call to the cloud's own service",
        '<!DOCTYPE h [<!ENTITY e SYSTEM "http://169.254.169.254/latest">]><HoSo>&e;</HoSo>',
    ),
    _xml("a type from elsewhere", '<!DOCTYPE h SYSTEM "http://127.0.0.1:1/x.dtd"><HoSo/>'),
    _xml("a public type", '<!DOCTYPE h PUBLIC "-//X//Y" "http://127.0.0.1:1/x.dtd"><HoSo/>'),
    _xml("an entity for entities", '<!DOCTYPE h [<!ENTITY % p SYSTEM "http://127.0.0.1:1/p"> %p;]><HoSo/>'),
    _xml("an empty type", "<!DOCTYPE h []><HoSo/>"),
    _xml("a type behind a comment", "<!-- x --><!DOCTYPE h [<!ENTITY e 'x'>]><HoSo>&e;</HoSo>"),
    _xml(
        "a type in another encoding",
        '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE h [<!ENTITY e "x">]><HoSo>&e;</HoSo>'.encode("utf-16"),
    ),
    _xml(
        "an encoding of seven bits",
        b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE h+AD4-<HoSo/>',
        code="XML_ENCODING",
    ),
    _xml("an entity nobody declared", "<HoSo>&e;</HoSo>", code="XML_MALFORMED"),
    _xml(
        "an inclusion of a file",
        '<HoSo xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include parse="text" href="file:///etc/passwd"/></HoSo>',
        422,
        "XML_ROOT",
    ),
    _xml(
        "a style sheet from elsewhere",
        '<?xml-stylesheet type="text/xsl" href="http://127.0.0.1:1/x.xsl"?><Khac/>',
        422,
        "XML_ROOT",
    ),
    _xml(
        "a schema from elsewhere",
        '<Khac xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="x http://127.0.0.1:1/x.xsd"/>',
        422,
        "XML_ROOT",
    ),
    _xml("elements ten thousand deep", "<a>" * 9000 + "</a>" * 7000, 413, "XML_TOO_LARGE"),
    _xml("one attribute of sixty thousand letters", f'<Khac a="{"a" * 60_000}"/>', 422, "XML_ROOT"),
    _xml("two roots", "<HoSo/><HoSo/>", code="XML_MALFORMED"),
)


def _json(name: str, body: Any, code: str) -> Case:
    return Case(name, Ask(who="mot-cua", body=body, content=STRUCTURED), 400, code, refused("postMessages", "mot-cua"))


JSONS = (
    _json("JSON a hundred deep", b'{"a":' * 100 + b"1" + b"}" * 100, "JSON_DEPTH"),
    _json("JSON thirty thousand deep", b"[" * 30_000 + b"]" * 30_000, "JSON_DEPTH"),
    _json("one key twice", b'{"source":"urn:test:xa","source":"urn:test:mot-cua"}', "JSON_DUPLICATE_KEY"),
    _json("one key twice, once in code", b'{"id":"1","\\u0069d":"2"}', "JSON_DUPLICATE_KEY"),
    _json("a number beyond all numbers", b'{"a":1e999}', "JSON_NUMBER"),
    _json("NaN", b'{"a":NaN}', "JSON_NUMBER"),
    _json("NUL in a text", b'{"a":"x\\u0000y"}', "JSON_NUL"),
    _json("half a character", b'{"a":"\\ud800"}', "JSON_SURROGATE"),
    _json("bytes that are no text", b'{"a":"\xff\xfe"}', "JSON_ENCODING"),
    _json("a mark of the byte order", b'\xef\xbb\xbf{"a":1}', "JSON_ENCODING"),
    _json("JSON with comments", b'{"a":1 /* x */}', "JSON_SYNTAX"),
)


def _command(name: str, path: str, route: str, body: Any, code: str, who: str = "operator", status: int = 422) -> Case:
    ask = Ask("POST", path, who=who, body=body, content=JSON)
    return Case(name, ask, status, code, refused(route, who))


_ADD, _MORE = "SCHEMA_ADDITIONALPROPERTIES", {"reason": "thử"}
COMMANDS = (
    _command(
        "a role among the fields of a new client",
        "/v1/clients",
        "addClient",
        _MORE | {"name": "la", "role": "administrator"},
        _ADD,
        "administrator",
    ),
    _command(
        "a key of one's own choice for a new client",
        "/v1/clients",
        "addClient",
        _MORE | {"name": "la", "key_sha256": "0" * 64},
        _ADD,
        "administrator",
    ),
    _command(
        "a hash of one's own choice for a user",
        "/v1/users",
        "addUser",
        _MORE | {"name": "la", "role": "viewer", "password_hash": "x"},
        _ADD,
        "administrator",
    ),
    _command(
        "a role nobody has",
        "/v1/users/viewer/role",
        "setUserRole",
        _MORE | {"role": "root"},
        "SCHEMA_ENUM",
        "administrator",
    ),
    _command(
        "the actor among the fields of a command",
        "/v1/destinations/national_portal/pause",
        "pauseDestination",
        _MORE | {"actor": "administrator"},
        _ADD,
    ),
    _command(
        "a state among the fields of a replay",
        "/v1/deliveries/<delivery>/replay",
        "replayDelivery",
        _MORE | {"state": "delivered"},
        _ADD,
    ),
    _command(
        "a pause without a reason", "/v1/destinations/national_portal/pause", "pauseDestination", {}, "REASON_REQUIRED"
    ),
    _command(
        "a pause for a reason of spaces",
        "/v1/destinations/national_portal/pause",
        "pauseDestination",
        {"reason": " \u2003\n"},
        "REASON_REQUIRED",
    ),
    _command(
        "a discard without a reason",
        "/v1/deliveries/<delivery>/discard",
        "discardDelivery",
        {"reason": None},
        "REASON_REQUIRED",
    ),
    _command(
        "a replay for a reason that is a list",
        "/v1/deliveries/<delivery>/replay",
        "replayDelivery",
        {"reason": ["x"]},
        "REASON_REQUIRED",
    ),
    _command(
        "a replay for a reason of a thousand letters",
        "/v1/deliveries/<delivery>/replay",
        "replayDelivery",
        {"reason": "x" * 1000},
        "REASON_REQUIRED",
    ),
    _command("a key dropped without a reason", "/v1/keys/k1/drop", "dropKey", {}, "REASON_REQUIRED", "administrator"),
    _command("a body opened without a purpose", "/v1/messages/<message>/body", "openBody", {}, "SCHEMA_REQUIRED"),
    _command(
        "a body opened for a purpose of spaces",
        "/v1/messages/<message>/body",
        "openBody",
        {"purpose": "  "},
        "PURPOSE_REQUIRED",
    ),
    _command(
        "a person looked for without a purpose", "/v1/searches", "search", {"q": "044999000123"}, "PURPOSE_REQUIRED"
    ),
    _command(
        "who saw somebody, without a purpose",
        "/v1/audit/who-saw",
        "whoSaw",
        {"q": "044999000123"},
        "SCHEMA_REQUIRED",
        "administrator",
    ),
    _command("a command that is a list", "/v1/keys/rotate", "rotateKeys", [_MORE], "REASON_REQUIRED", "administrator"),
    _command(
        "a command with one key twice",
        "/v1/keys/rotate",
        "rotateKeys",
        b'{"reason":"a","reason":"b"}',
        "JSON_DUPLICATE_KEY",
        "administrator",
        400,
    ),
    Case(
        "the corrected document opened without a purpose",
        Ask("GET", "/v1/deliveries/<delivery>/edit", who="operator"),
        422,
        "PURPOSE_REQUIRED",
        refused("getEdit", "operator"),
    ),
    Case(
        "the indicators taken away without a purpose",
        Ask("GET", "/v1/indicators/export?file=csv", who="viewer"),
        422,
        "PURPOSE_REQUIRED",
        refused("exportIndicators", "viewer"),
    ),
    Case(
        "a payer's receipt looked at without a purpose",
        Ask("GET", "/v1/payments/<paid>/receipt", who="operator"),
        422,
        "PURPOSE_REQUIRED",
        refused("getReceipt", "operator"),
    ),
    Case(
        "a replay by somebody who only looks",
        Ask("POST", "/v1/deliveries/<delivery>/replay", who="viewer", body=_MORE, content=JSON),
        403,
        "ROLE_REQUIRED",
        refused("replayDelivery", "viewer"),
    ),
    Case(
        "a replay of many by the system that sent them",
        Ask("POST", "/v1/replays", who="mot-cua", body=_MORE, content=JSON),
        403,
        "PEOPLE_ONLY",
        refused("createReplay", "mot-cua"),
    ),
    Case(
        "a person looked for by somebody who only looks",
        Ask("POST", "/v1/searches", who="viewer", body={"q": "044999000123", "purpose": "xem"}, content=JSON),
        403,
        "ROLE_REQUIRED",
        refused("search", "viewer"),
    ),
    Case(
        "a message sent by somebody who operates",
        Ask(who="operator", body=recorded(), content=STRUCTURED),
        403,
        "ROLE_REQUIRED",
        refused("postMessages", "operator"),
    ),
    Case(
        "a user made by somebody who operates",
        Ask("POST", "/v1/users", who="operator", body=_MORE | {"name": "la", "role": "administrator"}, content=JSON),
        403,
        "ROLE_REQUIRED",
        refused("addUser", "operator"),
    ),
    Case(
        "an administrator who takes their own role away",
        Ask("POST", "/v1/users/administrator/role", who="administrator", body=_MORE | {"role": "viewer"}, content=JSON),
        409,
        "STATE",
        Trace("user.role", "administrator", "thử"),
    ),
)

CASES = (*XMLS, *JSONS, *COMMANDS)
