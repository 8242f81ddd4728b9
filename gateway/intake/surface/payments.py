"""Payments over HTTP, and the calls that national systems make."""

from __future__ import annotations

from gateway.intake import body
from gateway.intake.surface.route import PAGE, Route

ROUTES: tuple[Route, ...] = (
    Route(
        "GET",
        "/v1/payments",
        "listPayments",
        "Danh sách thanh toán",
        "List payments",
        "client",
        query=("subject", "state", "refund", "since", "until", *PAGE),
        fails=(422,),
        group="payments",
    ),
    Route(
        "GET",
        "/v1/payments/{reference}",
        "getPayment",
        "Một lần thanh toán theo mã tham chiếu",
        "One payment by its reference",
        "client",
        fails=(404,),
        group="payments",
    ),
    Route(
        "GET",
        "/v1/payments/{reference}/receipt",
        "getReceipt",
        "Biên lai PDF, có ghi vết người xem; người xem cần mục đích, máy khách xem của mình thì không",
        "The receipt as PDF; who looks is audited; people need a purpose, a client with its own does not",
        "client",
        person="operator",
        query=("purpose",),
        gives=((200, "application/pdf"),),
        fails=(404, 410, 422, 503),
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
)
