"""Receipts, checkpoints and the audit trail over HTTP."""

from __future__ import annotations

from gateway.intake import body
from gateway.intake.surface.route import Route

ROUTES = (
    Route(
        "GET",
        "/v1/receipts/{id}",
        "getReceipts",
        "Biên nhận của một lượt gửi hoặc của mọi lượt gửi của một thông điệp; kiểm được không cần mạng",
        "Receipts of a delivery, or of all deliveries of a message; they verify offline",
        "client",
        gives=((200, body.NDJSON),),
        fails=(404, 409, 410),
        group="proof",
    ),
    Route(
        "GET",
        "/v1/log/checkpoint",
        "getCheckpoint",
        "Điểm kiểm mới nhất của sổ chứng, đã ký (C2SP tlog-checkpoint)",
        "The newest signed checkpoint of the log (C2SP tlog-checkpoint)",
        "client",
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
        "client",
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
