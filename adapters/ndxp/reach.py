"""Can a submitted document's address be fetched by somebody without a session? A national system has none of ours.

Addresses behind a login are the commonest way to send papers that nobody can open. One look: `HEAD`, and where a server
will not have that, the first byte by `GET`. No cookies, no redirects, nothing of the document kept or shown.
"""

from __future__ import annotations

from dataclasses import dataclass

from yarl import URL

from adapters.contract import DeliveryError
from adapters.transport.http import Answer, Call, Http

_NO_HEAD = frozenset({400, 403, 404, 405, 501})
"""Servers of signed addresses answer so to HEAD although GET would do."""


@dataclass(frozen=True, slots=True)
class Unreachable:
    """Why an address cannot be used, in an operator's words; the address itself stands in neither."""

    code: str
    vi: str
    en: str


_LOGIN_VI = "Hãy cho tải bằng đường dẫn không cần phiên (đường dẫn có ký, hoặc kho công khai trong mạng nội bộ)"
_LOGIN_EN = "Offer it by an address that needs no session (a signed one, or a store open inside the network)"

ADDRESS = Unreachable(
    "ADDRESS",
    "Địa chỉ viết sai hoặc có tài khoản bên trong. Hãy ghi địa chỉ http(s) đầy đủ, không kèm tài khoản",
    "Not a usable address, or an account stands inside it. Write a whole http(s) address without an account",
)
LOGIN = Unreachable(
    "LOGIN_WANTED",
    f"Địa chỉ đòi đăng nhập. {_LOGIN_VI}",
    f"The address demands a login. {_LOGIN_EN}",
)
REDIRECT = Unreachable(
    "REDIRECT",
    f"Địa chỉ chuyển hướng sang nơi khác, thường là trang đăng nhập. {_LOGIN_VI}",
    f"The address redirects elsewhere, mostly to a login page. {_LOGIN_EN}",
)
PAGE = Unreachable(
    "HTML_PAGE",
    f"Địa chỉ trả về trang web thay vì tệp, thường là trang đăng nhập hoặc trang báo lỗi. {_LOGIN_VI}",
    f"The address gives a web page instead of a file, mostly a login or an error page. {_LOGIN_EN}",
)
NO_TYPE = Unreachable(
    "NO_CONTENT_TYPE",
    "Địa chỉ không nói loại tệp. Hãy để máy chủ trả về Content-Type đúng (ví dụ application/pdf)",
    "The address does not say what kind of file it is. Let the server give the right Content-Type (application/pdf)",
)


async def reachable(url: str, http: Http) -> Unreachable | None:
    """None where a plain call gets a file, else why not. Never raises a `DeliveryError`.

    Whether an address may be called at all (a private network, say) is for whoever asks to decide beforehand.
    """
    where = _where(url)
    if where is None:
        return ADDRESS
    try:
        answer = await http.send(Call(where, {"Accept": "*/*"}, method="HEAD"))
        if answer.status in _NO_HEAD:
            answer = await http.send(Call(where, {"Accept": "*/*", "Range": "bytes=0-0"}, method="GET"))
    except DeliveryError as exc:
        # More came than we read of an answer: no login page is as large.
        return None if exc.code == "ANSWER_TOO_LARGE" else Unreachable(exc.code, exc.vi, exc.en)
    return _judged(answer)


def _where(url: str) -> URL | None:
    try:
        where = URL(url)
    except ValueError:
        return None
    plain = where.scheme in ("http", "https") and bool(where.host) and where.raw_user is None
    return where if plain and not any(character.isspace() for character in url) else None


def _judged(answer: Answer) -> Unreachable | None:
    if answer.status in (401, 403):
        return LOGIN
    if 300 <= answer.status < 400:
        return REDIRECT
    if complaint := answer.complaint(write=False):
        return Unreachable(complaint.code, complaint.vi, complaint.en)
    kind = answer.content_type.partition(";")[0].strip().lower()
    if not kind:
        return NO_TYPE
    return PAGE if kind in ("text/html", "application/xhtml+xml") else None
