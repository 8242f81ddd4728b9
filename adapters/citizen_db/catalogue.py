"""Every failure the population database's adapter can report: what it means, who can fix it and how, in both languages.

No text quotes an answer: codes and the reference that support asks for are all that is ever filled in.
"""

from __future__ import annotations

from adapters.ndxp import catalogue as exchange
from adapters.transport.entries import ErrorEntry, by_code
from adapters.transport.texts import TEXTS

_RETRIED_VI = "Cổng tích hợp sẽ tự hỏi lại"
_RETRIED_EN = "The gateway asks again by itself"
_DISBELIEVED_VI = "Kết quả này không được dùng; cổng tích hợp sẽ tự hỏi lại"
_DISBELIEVED_EN = "This answer is not used; the gateway asks again by itself"

CATALOGUE = by_code(
    (
        *TEXTS.values(),
        # Before anything is sent
        ErrorEntry(
            "OFFICER_WITHOUT_NUMBER",
            "Cán bộ tra cứu chưa có số định danh cá nhân 12 chữ số",
            "The officer who asks has no citizen number of 12 digits",
            "sender",
            "Hãy khai số định danh của cán bộ trên hệ thống một cửa rồi gửi lại; quyền tra cứu gắn với từng cán bộ",
            "Put the officer's number on file in the one-stop system and send again; rights are per officer",
        ),
        ErrorEntry(
            "OFFICER_NOT_ALLOWED",
            "Cán bộ này chưa được phép tra cứu dân cư cho thủ tục của hồ sơ",
            "This officer may not look people up for the dossier's procedure",
            "operator",
            "Hãy để cán bộ có quyền tra cứu, hoặc bổ sung vào khóa officers của citizen_db",
            "Let an officer with the right ask, or add this one to the setting officers",
        ),
        ErrorEntry(
            "PERSON_WITHOUT_NUMBER",
            "Người cần tra cứu không có số định danh 12 chữ số hay số CMND 9 chữ số",
            "The person has neither a citizen number of 12 digits nor an identity card number of 9",
            "sender",
            "Hãy bổ sung số và gửi lại; người nước ngoài không có trong CSDL dân cư, hãy kiểm tra giấy tờ của họ",
            "Add the number and send again; foreigners are not in this database: check their papers instead",
        ),
        ErrorEntry(
            "UNKNOWN_OPERATION",
            "Bộ kết nối CSDL dân cư không có thao tác này",
            "The population database's adapter has no such operation",
            "operator",
            "Hãy sửa tuyến trong cấu hình",
            "Correct the route in the configuration",
        ),
        ErrorEntry(
            "PORT_WITHOUT_OPERATION",
            "Nền tảng của tỉnh chỉ tra cứu, không xác thực",
            "The provincial platform only looks people up; it does not verify",
            "operator",
            "Hãy dùng cổng xroad hoặc direct cho thao tác này",
            "Use the port xroad or direct for this operation",
        ),
        ErrorEntry(
            "DOCUMENT_SHAPE",
            "Tài liệu sau ánh xạ không khớp WSDL của CSDL dân cư",
            "The mapped document does not fit the database's WSDL",
            "operator",
            "Hãy kiểm tra ánh xạ của tuyến và khóa port",
            "Check the mapping of the route and the setting port",
        ),
        # Answers nobody can use
        ErrorEntry(
            "HTML_ANSWER",
            "Nhận được trang HTML thay vì kết quả",
            "A web page came instead of an answer",
            "system",
            _RETRIED_VI,
            _RETRIED_EN,
        ),
        ErrorEntry("EMPTY_ANSWER", "Câu trả lời trống", "The answer is empty", "system", _RETRIED_VI, _RETRIED_EN),
        ErrorEntry(
            "GARBAGE_ANSWER",
            "Không đọc được câu trả lời (sai XML, sai JSON hoặc sai bảng mã)",
            "The answer cannot be read (broken XML or JSON, or wrong encoding)",
            "system",
            _RETRIED_VI,
            _RETRIED_EN,
        ),
        ErrorEntry(
            "OTHER_ANSWER",
            "Câu trả lời không phải của dịch vụ đã hỏi",
            "The answer is not that of the service asked",
            "system",
            _RETRIED_VI + "; nếu lặp lại, hãy kiểm tra khóa port và path",
            _RETRIED_EN + "; if it repeats, check the settings port and path",
        ),
        ErrorEntry(
            "INCONSISTENT_ANSWER",
            "Câu trả lời mang mã hoặc tên dịch vụ khác với câu hỏi",
            "The answer carries an id or a service other than the question's",
            "system",
            _DISBELIEVED_VI + "; nếu lặp lại, hãy báo đơn vị vận hành trục, kèm request_id của lần gửi",
            _DISBELIEVED_EN + "; if it repeats, tell the exchange's operators, quoting the attempt's request_id",
        ),
        ErrorEntry(
            "ANOTHER_PERSON",
            "Câu trả lời nói về số định danh khác với số đã hỏi",
            "The answer speaks of a citizen number other than the one asked",
            "system",
            _DISBELIEVED_VI + "; nếu lặp lại, hãy báo đơn vị vận hành CSDL dân cư",
            _DISBELIEVED_EN + "; if it repeats, tell those who run the database",
        ),
        ErrorEntry(
            "NO_VERDICT",
            "Câu trả lời xác thực không nói khớp hay không (thiếu TonTai)",
            "The answer to a verification says neither yes nor no (TonTai is missing)",
            "system",
            _RETRIED_VI,
            _RETRIED_EN,
        ),
        ErrorEntry(
            "NAME_NOT_SHARED",
            "Có dữ liệu trả về nhưng không có họ tên: đơn vị chưa được chia sẻ trường này",
            "Data came without a name: the province is not entitled to that field",
            "operator",
            "Hãy đề nghị đơn vị quản lý CSDL dân cư chia sẻ trường HoVaTen",
            "Ask those who run the database for the field HoVaTen",
        ),
        # What the database or a platform said; the exchange's own words are with `adapters.ndxp`
        ErrorEntry(
            "{fault}",
            "CSDL dân cư từ chối yêu cầu (mã {fault})",
            "The population database refused the question (code {fault})",
            "sender",
            "Hãy đối chiếu thông tin đã hỏi với giấy tờ; câu trả lời được lưu kèm lần gửi",
            "Compare what was asked with the papers; the answer is kept with the attempt",
        ),
        ErrorEntry(
            "SOAP_{fault}",
            "CSDL dân cư báo lỗi chưa có trong danh mục ({fault})",
            "The population database reports a failure that no rule names ({fault})",
            "operator",
            "Hãy xem câu trả lời được lưu kèm lần gửi; mã tra cứu: {reference}",
            "Look at the answer kept with the attempt; reference to quote: {reference}",
        ),
        ErrorEntry(
            "PLATFORM_{fault}",
            "Nền tảng của tỉnh báo lỗi (error_code {fault})",
            "The provincial platform reports a failure (error_code {fault})",
            "operator",
            "Hãy xem câu trả lời được lưu kèm lần gửi và hỏi đơn vị vận hành nền tảng",
            "Look at the answer kept with the attempt and ask those who run the platform",
        ),
    )
)


def entry(code: str) -> ErrorEntry | None:
    """The catalogue's word on a code as it stands in the ledger, or None: its own, a family's, or the exchange's."""
    for family in ("SOAP", "PLATFORM"):
        if code.startswith(f"{family}_"):
            return CATALOGUE[f"{family}_{{fault}}"]
    return CATALOGUE.get(code) or exchange.entry(code)
