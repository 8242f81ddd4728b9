"""The HTTP surface as data: one row per route, read by the app, by `/openapi.json` and by `/docs`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from gateway.intake import body
from gateway.intake.views import DELIVERY_FILTERS, MESSAGE_FILTERS

Access = Literal["anyone", "client", "administrator"]


@dataclass(frozen=True, slots=True)
class Route:
    """One method on one path. `name` is the operation's id and picks the handler."""

    method: str
    path: str
    name: str
    vi: str
    en: str
    access: Access = "client"
    query: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    gives: tuple[tuple[int, str], ...] = ((200, body.JSON),)
    fails: tuple[int, ...] = ()
    group: Literal["messages", "catalogue", "payments", "callbacks", "proof", "steering", "watch"] = "messages"
    deep: str = ""
    """The place in the path that may hold slashes, as the names of clients' destinations do."""

    @property
    def pattern(self) -> str:
        """The path as the server matches it."""
        return self.path.replace(f"{{{self.deep}}}", f"{{{self.deep}:.+}}") if self.deep else self.path


_PAGE = ("cursor", "limit")
_COMMAND_FAILS = (400, 403, 404, 408, 409, 413, 415, 422, 503)


def _catalogue(method: str, path: str, name: str, vi: str, en: str, **more: Any) -> Route:
    """A route about mappings and code lists; a POST takes JSON, and changes or tries what is an administrator's."""
    if method == "POST":
        more = {"access": "administrator", "takes": (body.JSON,), "fails": _COMMAND_FAILS, **more}
    return Route(method, path, name, vi, en, group="catalogue", **more)


_CATALOGUE = (
    _catalogue("GET", "/v1/mappings", "listMappings", "Các bảng dịch và phiên bản", "Mappings and their versions"),
    _catalogue(
        "GET",
        "/v1/mappings/{system}/{type}",
        "getMapping",
        "Một phiên bản, nguyên văn",
        "One version with its text",
        query=("version",),
        fails=(404, 422),
    ),
    _catalogue(
        "POST",
        "/v1/mappings/{system}/{type}/preview",
        "previewMapping",
        "Xem trước một tài liệu được dịch thành gì; không gửi, không lưu",
        "Preview what a document becomes; nothing is sent or stored",
        access="client",
    ),
    _catalogue(
        "POST",
        "/v1/mappings/trial",
        "tryMapping",
        "Chạy thử một phiên bản trên các thông điệp đã lưu, từng trang",
        "Try a version on stored messages, page by page",
    ),
    _catalogue(
        "POST",
        "/v1/mappings/publish",
        "publishMapping",
        "Công bố một phiên bản, có hiệu lực từ một ngày",
        "Publish a version, in force from a day on",
    ),
    _catalogue(
        "POST",
        "/v1/mappings/{system}/{type}/withdraw",
        "withdrawMapping",
        "Rút một phiên bản riêng của tỉnh",
        "Withdraw one of the province's own versions",
    ),
    _catalogue("GET", "/v1/codelists", "listCodeLists", "Các danh mục mã", "Code lists"),
    _catalogue(
        "GET",
        "/v1/codelists/{name}",
        "getCodeList",
        "Một danh mục với các dòng",
        "One list with its rows",
        fails=(404,),
    ),
    _catalogue(
        "GET",
        "/v1/codelists/{name}/refreshed",
        "getRefreshed",
        "Danh mục mới của Cổng DVCQG khác gì: mã thêm, bỏ, đổi tên",
        "What the portal's newest catalogue changes: added, removed, renamed",
        access="administrator",
        fails=(403, 404, 422),
    ),
    _catalogue(
        "POST",
        "/v1/codelists/{name}/import",
        "importCodeList",
        "Nhập dòng vào danh mục: không có fingerprint thì chỉ lập kế hoạch",
        "Import rows into a list: without a fingerprint, only plan it",
    ),
    _catalogue(
        "GET",
        "/v1/suggestions",
        "getSuggestions",
        "Mã chưa có ánh xạ và các mã gần nhất",
        "Unmapped codes with the nearest ones",
        access="administrator",
        query=("list",),
        fails=(403, 422),
    ),
)

_PROOF = (
    Route(
        "GET",
        "/v1/receipts/{id}",
        "getReceipts",
        "Biên nhận của một lượt gửi hoặc của mọi lượt gửi của một thông điệp; kiểm được không cần mạng",
        "Receipts of a delivery, or of all deliveries of a message; they verify offline",
        gives=((200, body.NDJSON),),
        fails=(404, 409),
        group="proof",
    ),
    Route(
        "GET",
        "/v1/log/checkpoint",
        "getCheckpoint",
        "Điểm kiểm mới nhất của sổ chứng, đã ký (C2SP tlog-checkpoint)",
        "The newest signed checkpoint of the log (C2SP tlog-checkpoint)",
        gives=((200, "text/plain"),),
        fails=(404,),
        group="proof",
    ),
    Route(
        "GET",
        "/v1/log/growth",
        "getGrowth",
        "Chứng cứ sổ chứng chỉ dài thêm từ một điểm kiểm cũ",
        "The proof that the log only grew since an older checkpoint",
        query=("from",),
        fails=(409, 422),
        group="proof",
    ),
    Route(
        "GET",
        "/v1/audit/export",
        "exportAudit",
        "Nhật ký kiểm toán kèm chứng cứ; cần mục đích, việc xuất cũng được ghi",
        "The audit trail with its proofs; a purpose is needed, and the export is audited too",
        "administrator",
        query=("since", "until", "purpose"),
        gives=((200, body.NDJSON),),
        fails=(403, 409, 422),
        group="proof",
    ),
)

_NAMED = "/v1/destinations/{name}"


def _steering(method: str, path: str, name: str, vi: str, en: str, **more: Any) -> Route:
    """A route about destinations as a whole, all of them an administrator's."""
    takes: dict[str, Any] = {"takes": (body.JSON,), "fails": _COMMAND_FAILS} if method == "POST" else {"fails": (403,)}
    deep = "name" if path.startswith(_NAMED) else ""
    return Route(method, path, name, vi, en, "administrator", group="steering", deep=deep, **(takes | more))


_STEERING = (
    _steering(
        "GET",
        "/v1/destinations",
        "listDestinations",
        "Các nơi nhận: trạng thái, ngắt mạch, tốc độ, việc tồn",
        "Destinations: state, breaker, rate, backlog",
    ),
    _steering(
        "POST",
        f"{_NAMED}/pause",
        "pauseDestination",
        "Tạm dừng gửi tới một nơi nhận",
        "Send nothing to a destination until it is resumed",
    ),
    _steering(
        "POST",
        f"{_NAMED}/resume",
        "resumeDestination",
        "Cho gửi tiếp, theo thứ tự và tốc độ",
        "Let it go on, in order and within its rate",
    ),
    _steering(
        "POST",
        f"{_NAMED}/probe",
        "probeDestination",
        "Thử nơi nhận ngay bây giờ; thành công thì đóng ngắt mạch",
        "Try a destination now; success closes an open breaker",
    ),
    _steering(
        "GET",
        "/v1/maintenance",
        "listMaintenance",
        "Lịch bảo trì đã báo trước",
        "Announced maintenance",
        query=("past",),
        fails=(403, 422),
    ),
    _steering(
        "POST",
        "/v1/maintenance",
        "addMaintenance",
        "Báo trước một đợt bảo trì: trong đợt đó không gửi gì",
        "Announce maintenance: nothing is sent while it lasts",
    ),
    _steering(
        "POST",
        "/v1/maintenance/{id}/cancel",
        "cancelMaintenance",
        "Huỷ một đợt bảo trì",
        "Cancel announced maintenance",
    ),
    _steering(
        "POST",
        "/v1/cutover/import",
        "importCutover",
        "Nạp hồ sơ đã có ở nơi nhận: không có fingerprint thì chỉ lập kế hoạch",
        "Load dossiers a destination has already: without a fingerprint, only plan it",
    ),
)

_WATCH = (
    Route(
        "GET",
        "/v1/alerts",
        "listAlerts",
        "Cảnh báo: đang mở trước, mới nhất trước",
        "Alerts: open ones first, newest first",
        "administrator",
        query=("state", "kind", "destination", *_PAGE),
        fails=(403, 422),
        group="watch",
    ),
    Route(
        "POST",
        "/v1/alerts/test",
        "testAlert",
        "Gửi thư thử tới kênh cảnh báo",
        "Send a test notice to the channels of alerts",
        "administrator",
        takes=(body.JSON,),
        fails=_COMMAND_FAILS,
        group="watch",
    ),
    Route(
        "GET",
        "/v1/backlog",
        "getBacklog",
        "Việc đang chờ từng nơi nhận, và bao giờ hết",
        "What waits for each destination, and when it will have gone",
        "administrator",
        fails=(403,),
        group="watch",
    ),
)


def _replays(method: str, path: str, name: str, vi: str, en: str, **more: Any) -> Route:
    """A route about replay jobs, an administrator's."""
    more = {"takes": (body.JSON,), "fails": _COMMAND_FAILS, **more} if method == "POST" else more
    return Route(method, f"/v1/replays{path}", name, vi, en, "administrator", **more)


_REPLAYS = (
    _replays(
        "POST",
        "",
        "createReplay",
        "Gửi lại hàng loạt: không có digest thì chỉ lập kế hoạch",
        "Replay many: without a digest, only plan it",
        gives=((200, body.JSON), (201, body.JSON)),
    ),
    _replays("GET", "", "listReplays", "Các đợt gửi lại", "Replay jobs, newest first", query=_PAGE, fails=(403, 422)),
    _replays(
        "GET",
        "/{id}",
        "getReplay",
        "Một đợt gửi lại: tiến độ từng bước, và một trang danh sách",
        "One replay job: how each step went, and a page of its list",
        query=("state", *_PAGE),
        fails=(403, 404, 422),
    ),
    _replays("POST", "/{id}/pause", "pauseReplay", "Tạm dừng", "Pause it"),
    _replays("POST", "/{id}/continue", "continueReplay", "Chạy tiếp", "Let it go on"),
    _replays(
        "POST",
        "/{id}/cancel",
        "cancelReplay",
        "Hủy: lượt chưa gửi vẫn dừng như trước",
        "Cancel it: what was not sent stays dead as before",
    ),
)


def _trouble(method: str, path: str, name: str, vi: str, en: str, **more: Any) -> Route:
    """A route about what went wrong: an administrator's; a POST takes a command."""
    how: dict[str, Any] = {"fails": (403, 404, 409, 422)}
    if method == "POST":
        how = {"takes": (body.JSON,), "fails": _COMMAND_FAILS}
    return Route(method, path, name, vi, en, "administrator", **how | more)


_GROUP = "/v1/groups/{fingerprint}"
_DELIVERY = "/v1/deliveries/{id}"
_TROUBLES = (
    _trouble("GET", _DELIVERY + "/decide", "getDecision", "Một lượt có thể đã được nhận: hậu quả của từng lựa chọn",
             "One that may have been taken: what each choice leads to"),
    _trouble("POST", _DELIVERY + "/decide", "decideDelivery",
    "Quyết định thay hệ thống đích: taken, send_again, give_up",
             "Decide what the target cannot prove: taken, send_again, give_up"),
    _trouble("POST", _DELIVERY + "/supersede", "supersedeDelivery", "Cho là đã được thay thế, có lý do",
             "Say that something newer made it needless, with a reason"),
    _trouble("POST", _DELIVERY + "/skip", "skipDelivery", "Bỏ qua lượt dead hoặc refused đang giữ làn, có lý do",
             "Let the lane go on without its dead or refused head, with a reason"),
    _trouble("GET", _DELIVERY + "/edit", "getEdit", "Nội dung để sửa và các trường bị khóa; người mở được ghi vết",
             "The document to edit and its locked fields; who opens it is audited", query=("purpose",)),
    _trouble("POST", _DELIVERY + "/edit", "editDelivery", "Sửa rồi gửi lại: một thông điệp mới, bản gốc giữ nguyên",
             "Edit and send again: a new message, the original stays"),
    _trouble("GET", "/v1/groups", "listGroups", "Các nhóm lỗi theo nguyên nhân", "Failure groups by cause",
             query=("state",), fails=(403, 422)),
    _trouble("GET", _GROUP, "getGroup", "Một nhóm lỗi: ai sửa được, bấm gì",
    "One failure group: who can fix it, what to "
             "press", fails=(403, 404)),
    _trouble("POST", _GROUP + "/note", "noteGroup", "Ghi chú; còn lại khi lỗi tái diễn", "Write a note, which stays"),
    _trouble("POST", _GROUP + "/owner", "ownGroup", "Ai lo nhóm này", "Say who looks after it"),
    _trouble("POST", _GROUP + "/name", "nameGroup", "Đặt tên cho mã lỗi chưa biết", "Name an unknown failure"),
    _trouble("POST", _GROUP + "/mute", "muteGroup", "Tạm ngưng cảnh báo tới một lúc, có lý do",
             "No alerts about it until a moment, with a reason"),
    _trouble("POST", _GROUP + "/unmute", "unmuteGroup", "Cảnh báo trở lại", "Alerts again"),
)  # fmt: skip

ROUTES: tuple[Route, ...] = (
    Route(
        "POST",
        "/v1/messages",
        "postMessages",
        "Nhận thông điệp; chỉ trả lời 202 sau khi đã lưu bền vững",
        "Take messages; 202 only after they are durably stored",
        takes=(body.STRUCTURED, body.BATCH, body.JSON, body.NDJSON, body.XML),
        gives=((202, body.JSON), (200, body.NDJSON)),
        fails=(400, 403, 408, 409, 413, 415, 422, 429, 503),
    ),
    Route(
        "GET",
        "/v1/messages",
        "listMessages",
        "Danh sách thông điệp",
        "List messages",
        query=MESSAGE_FILTERS + _PAGE,
        fails=(422,),
    ),
    Route(
        "GET",
        "/v1/messages/{id}",
        "getMessage",
        "Một thông điệp và các lượt gửi",
        "One message and its deliveries",
        fails=(404,),
    ),
    Route(
        "GET",
        "/v1/dossiers/{code}",
        "getDossier",
        "Toàn bộ lịch sử một hồ sơ",
        "The passport of one dossier",
        fails=(404,),
    ),
    Route(
        "GET",
        "/v1/deliveries",
        "listDeliveries",
        "Danh sách lượt gửi",
        "List deliveries",
        query=DELIVERY_FILTERS + _PAGE,
        fails=(422,),
    ),
    Route(
        "POST",
        "/v1/deliveries/{id}/replay",
        "replayDelivery",
        "Gửi lại một lượt gửi đã dừng",
        "Replay a dead delivery",
        "administrator",
        takes=(body.JSON,),
        fails=_COMMAND_FAILS,
    ),
    Route(
        "POST",
        "/v1/deliveries/{id}/discard",
        "discardDelivery",
        "Hủy một lượt gửi, có lý do",
        "Discard a delivery, with a reason",
        "administrator",
        takes=(body.JSON,),
        fails=_COMMAND_FAILS,
    ),
    *_REPLAYS,
    *_TROUBLES,
    Route(
        "GET",
        "/v1/payments",
        "listPayments",
        "Danh sách thanh toán",
        "List payments",
        query=("subject", "state", "refund", "since", "until", *_PAGE),
        fails=(422,),
        group="payments",
    ),
    Route(
        "GET",
        "/v1/payments/{reference}",
        "getPayment",
        "Một lần thanh toán theo mã tham chiếu",
        "One payment by its reference",
        fails=(404,),
        group="payments",
    ),
    Route(
        "GET",
        "/v1/payments/{reference}/receipt",
        "getReceipt",
        "Biên lai PDF, có ghi vết người xem",
        "The receipt as PDF; who looks is audited",
        gives=((200, "application/pdf"),),
        fails=(404,),
        group="payments",
    ),
    Route(
        "POST",
        "/v1/callbacks/{system}/{operation}",
        "takeCallback",
        "Lời gọi từ hệ thống quốc gia, trả lời theo đặc tả của hệ thống đó",
        "A call from a national system, answered as its specification says",
        "anyone",
        takes=(body.JSON,),
        fails=(403, 404, 408, 413),
        group="callbacks",
    ),
    Route("GET", "/v1/balance", "getBalance", "Bảng cân đối", "The balance sheet", query=("day",), fails=(422,)),
    *_CATALOGUE,
    *_PROOF,
    *_STEERING,
    *_WATCH,
    Route("GET", "/healthz", "getHealth", "Tiến trình còn sống", "The process is alive", "anyone"),
    Route("GET", "/readyz", "getReadiness", "Sẵn sàng nhận", "Ready to take messages", "anyone", fails=(503,)),
    Route(
        "GET",
        "/metrics",
        "getMetrics",
        "Số đo Prometheus",
        "Prometheus metrics",
        "anyone",
        gives=((200, "text/plain"),),
    ),
    Route("GET", "/openapi.json", "getOpenapi", "Tài liệu này", "This document", "anyone"),
    Route(
        "GET",
        "/schemas/{name}",
        "getSchema",
        "Lược đồ JSON; onestop-dossier.xsd là lược đồ của hồ sơ XML",
        "A JSON Schema; onestop-dossier.xsd is the schema of a dossier in XML",
        "anyone",
        gives=((200, "application/schema+json"), (200, "application/xml")),
        fails=(404,),
    ),
    Route("GET", "/docs", "getDocs", "Trang tài liệu", "Documentation page", "anyone", gives=((200, "text/html"),)),
    Route(
        "GET",
        "/docs/problems",
        "getProblems",
        "Các lỗi và cách xử lý",
        "Errors and what to do",
        "anyone",
        gives=((200, "text/html"),),
    ),
)
