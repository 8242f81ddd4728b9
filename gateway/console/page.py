"""The frame around every page: head, way around, search, and what this console cannot do yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gateway.console.markup import Html, Piece, between, tag
from gateway.console.moments import moment
from gateway.console.pieces import ROOT, address, code, english, link, two
from gateway.console.words import Words

REFRESH_SECONDS = 10
_COMMANDS = ("./run dead", "./run replay", "./run discard", "./run dossier", "./run balance")


@dataclass(frozen=True, slots=True)
class Page:
    """What a view gives back; `show` puts the frame around it."""

    title: Words
    body: Html
    status: int = 200
    here: str = ""
    """The address among the ways around that this page is."""
    refresh: bool = False
    """Whether it renews itself. Such a page has no box to type into: renewing would take away what was typed."""
    find: bool = False
    """Whether the search box has the cursor."""
    sought: str = ""
    """What stands in the search box."""


def show(page: Page, now: datetime, stylesheet: str) -> str:
    """The whole document."""
    return document(
        page.title,
        (
            tag("a", two(Words("Tới nội dung", "Skip to content")), href="#main", class_="skip"),
            _top(page),
            tag("main", page.body, id="main"),
            _bottom(now),
        ),
        stylesheet=stylesheet,
        refresh=page.refresh,
    )


def document(title: Words, body: Piece, *, stylesheet: str | None = None, refresh: bool = False) -> str:
    """An HTML document without script."""
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", http_equiv="refresh", content=REFRESH_SECONDS) if refresh else None,
        tag("title", f"{title.vi} · Liên Thông"),
        tag("link", rel="stylesheet", href=stylesheet) if stylesheet else None,
    )
    return "<!DOCTYPE html>\n" + tag("html", head, tag("body", body), lang="vi")


def _top(page: Page) -> Html:
    ways = ((ROOT, Words("Bảng", "board")), (address("deliveries"), Words("Lượt gửi", "deliveries")))
    return tag(
        "header",
        link((tag("strong", "Liên Thông"), " ", english("console")), ROOT),
        tag(
            "nav",
            [
                tag("a", two(words), href=where, aria_current="page" if where == page.here else None)
                for where, words in ways
            ],
            aria_label="Các trang",
        ),
        _box() if page.refresh else _search(page),
    )


_SOUGHT = Words("Mã hồ sơ hoặc mã thông điệp", "dossier code or message id")
_FIND = Words("Tìm", "find")


def _search(page: Page) -> Html:
    return tag(
        "form",
        tag("label", two(_SOUGHT), for_="q"),
        tag(
            "input", type="search", id="q", name="q", value=page.sought or None, required=True, maxlength=200,
            placeholder="000.00.16.H46-250310-0001", autofocus=page.find,
            autocomplete="off", spellcheck="false", autocapitalize="off",
        ),
        tag("button", two(_FIND), type="submit"),
        role="search", action=address("search"), method="get", class_="find",
    )  # fmt: skip


def _box() -> Html:
    """Looks like the search box and leads to the same page standing still, with the cursor in the real one."""
    return tag(
        "a",
        tag("span", two(_SOUGHT), class_="label"),
        " ",
        tag("span", "000.00.16.H46-250310-0001", class_="input", aria_hidden="true"),
        " ",
        tag("span", two(_FIND), class_="button"),
        href=address(refresh="off", find="here"),
        class_="find",
    )


def _bottom(now: datetime) -> Html:
    return tag(
        "footer",
        tag("p", two(Words("Xem lúc", "as of")), " ", moment(now, now)),
        tag(
            "p",
            "Chỉ để xem. Chưa có: điều khiển, người dùng và vai trò, cập nhật trực tiếp; các phần ấy đến cùng bước "
            "bảng điều khiển. Cho tới lúc đó hãy dùng ",
            between(", ", [code(command) for command in _COMMANDS]),
            ".",
            tag("br"),
            english(
                "For looking only. Steering, users and roles, and live updates come with the console step; "
                "until then use the commands named here."
            ),
        ),
    )
