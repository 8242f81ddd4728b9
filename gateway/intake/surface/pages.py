"""What is the same for everybody: health, metrics and documents."""

from __future__ import annotations

from gateway.intake.surface.route import Route

ROUTES: tuple[Route, ...] = (
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
        "/asyncapi.json",
        "getAsyncapi",
        "Tài liệu AsyncAPI 3.0: nhận và trả lời qua RabbitMQ",
        "The AsyncAPI 3.0 document: intake and replies over RabbitMQ",
        "anyone",
    ),
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
