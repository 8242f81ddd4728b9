"""The gateway's own error catalogue: what it reports itself, who can fix it and what that person should press.

Adapters bring the words for the codes of their systems (`AdapterSpec.explain`); a code that nobody knows makes a group
of its own, which an administrator can name. A test walks the code and fails where a code has no entry here.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Known:
    """One code, in the form of `adapters.contract.Explanation`."""

    code: str
    vi: str
    en: str
    fixer: str
    advice_vi: str
    advice_en: str


_READ_VI = "Hãy xem tài liệu ở chỗ được nêu rồi sửa và gửi lại (lienthong edit), hoặc nhờ nơi gửi gửi bản đúng"
_READ_EN = "Look at the named place, then edit and send again (lienthong edit), or ask the sender for a correct one"
_THEIRS_VI = "Hãy xem câu trả lời được lưu kèm lần gửi và báo đơn vị vận hành hệ thống đích"
_THEIRS_EN = "Look at the answer kept with the attempt and tell those who run the other system"
_UNCLEAR_VI = (
    "Nếu thao tác cho phép lặp, trục tự gửi lại; nếu không, trục tự hỏi rồi chờ người: lienthong uncertain list"
)
_UNCLEAR_EN = "Repeated by itself where that is safe; else asked about, then left to a person: lienthong uncertain list"


KNOWN = {
    one.code: one
    for one in (
        Known("UNMAPPED_CODE", "Giá trị chưa có mã tương ứng ở hệ thống đích",
              "A value has no code at the other system",
              "operator",
              "Hãy thêm dòng vào danh mục (lienthong codelists suggest, import), rồi gửi lại cả nhóm",
              "Add the row to the code list (lienthong codelists suggest, import), then replay the group"),
        Known("VALUE_MISSING", "Thiếu giá trị mà hệ thống đích bắt buộc",
              "A value is missing that the other system wants",
              "sender", _READ_VI, _READ_EN),
        Known("VALUE_SHAPE", "Giá trị không đúng dạng", "A value has the wrong shape", "sender", _READ_VI, _READ_EN),
        Known("VALUE_CONFLICT", "Hai giá trị mâu thuẫn nhau", "Two values contradict each other", "sender",
              _READ_VI, _READ_EN),
        Known("WRONG_MAPPING", "Tuyến dùng bảng dịch của loại tài liệu khác",
              "The route uses the mapping of another kind",
              "operator", "Hãy sửa mapping của tuyến trong lienthong.toml, rồi gửi lại",
              "Correct the mapping of the route in lienthong.toml, then replay"),
        Known("VERSION_GONE", "Phiên bản bảng dịch cần dùng không còn", "The mapping version that is needed is gone",
              "operator", "Hãy khôi phục tệp phiên bản, hoặc gửi lại theo bản hiện hành",
              "Restore the version's file, or replay as now"),
        Known("XML_MALFORMED", "Không đọc được XML", "The XML cannot be read", "system", _THEIRS_VI, _THEIRS_EN),
        Known("XML_ENCODING", "XML sai bảng mã", "The XML has a wrong encoding", "system", _THEIRS_VI, _THEIRS_EN),
        Known("XML_DOCTYPE", "XML có khai báo DOCTYPE, không được nhận", "The XML holds a DOCTYPE, which is not taken",
              "system", _THEIRS_VI, _THEIRS_EN),
        Known("XML_TOO_LARGE", "XML quá lớn", "The XML is too large", "system", _THEIRS_VI, _THEIRS_EN),
        Known("XML_ROOT", "Tài liệu XML thuộc loại khác", "The XML document is of another kind", "system",
              _THEIRS_VI, _THEIRS_EN),
        Known("XML_REPEATED", "Một phần tử XML đứng hai lần", "An XML element stands twice", "system",
              _THEIRS_VI, _THEIRS_EN),
        Known("XML_MIXED", "Phần tử XML lẫn chữ và phần tử con", "An XML element mixes text and elements", "system",
              _THEIRS_VI, _THEIRS_EN),
        Known("JSON_MALFORMED", "Không đọc được JSON", "The JSON cannot be read", "system", _THEIRS_VI, _THEIRS_EN),
        Known("ANSWER_INVALID", "Câu trả lời không khớp lược đồ", "The answer does not fit its schema", "operator",
              "Hãy so bảng dịch với câu trả lời được lưu kèm lần gửi",
              "Compare the mapping with the answer that was kept"),
        Known("ROUTE_GONE", "Cấu hình không còn tuyến của lượt gửi", "The configuration has no route for the delivery",
              "operator", "Hãy khôi phục tuyến trong lienthong.toml rồi gửi lại cả nhóm, hoặc hủy có lý do",
              "Restore the route in lienthong.toml and replay the group, or discard with a reason"),
        Known("NO_ANSWER_IN_TIME", "Bộ nối không trả lời trong thời hạn", "The adapter did not come back in time",
              "system",
              _UNCLEAR_VI, _UNCLEAR_EN),
        Known("PROCESS_LOST", "Tiến trình của trục dừng giữa lần gửi",
              "A process of the gateway stopped in mid-attempt",
              "operator", _UNCLEAR_VI, _UNCLEAR_EN),
        Known("PROVEN_NOT_TAKEN", "Hệ thống đích xác nhận chưa nhận", "The target proves that it has not taken it",
              "system", "Không cần làm gì: trục đang gửi lại", "Nothing to do: it is being sent again"),
        Known("SENT_AGAIN_BY_HAND", "Người quản trị quyết định gửi lại", "A person decided to send it again",
              "operator",
              "Không cần làm gì: trục đang gửi lại", "Nothing to do: it is being sent again"),
        Known("GIVEN_UP_BY_HAND", "Người quản trị quyết định thôi", "A person decided to give it up", "operator",
              "Hãy hủy có lý do, hoặc gửi lại khi đã chắc", "Discard it with a reason, or replay once you are sure"),
        Known("ALREADY_PAID", "Hồ sơ đã được thanh toán", "The dossier was paid", "sender",
              "Nếu thật sự cần thu thêm, hãy gửi yêu cầu mới với again: true",
              "If more is really due, send a new request with again: true"),
        Known("RESTORED", "Bản sao lưu có thể cũ hơn lượt gửi này", "The backup may be older than this delivery",
              "operator", "Hãy hỏi hệ thống đích rồi quyết định: đã nhận, gửi lại hay thôi",
              "Ask the target, then decide: taken, send again or give up"),
        Known("PAYMENT_OF_ANOTHER", "Mã tham chiếu của hồ sơ khác", "A reference of another dossier", "sender",
              "Hãy gửi mã tham chiếu của chính hồ sơ này", "Send the reference of this dossier's own payment"),
    )
}  # fmt: skip
"""By code."""

UNCLASSIFIED = Known(
    "{name}",
    "Lỗi chưa được phân loại trong trục ({name})",
    "An error nobody classified, inside the gateway ({name})",
    "operator",
    "Hãy xem log theo mã lượt gửi và báo nhà phát triển; gửi lại sau khi đã nâng cấp",
    "See the log by delivery id and tell the developers; replay after an upgrade",
)
"""Of whatever the gateway did not foresee: its code is the name of the exception."""
