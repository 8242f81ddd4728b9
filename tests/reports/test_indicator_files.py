"""Files hold the question they answer, and nothing in them becomes a formula; the chart is well-formed."""

from __future__ import annotations

import csv
import io
from xml.etree import ElementTree as ET

from openpyxl import load_workbook

from gateway.console.indicators import Series, day_shares, indicators_chart
from gateway.indicator_settings import IndicatorSettings
from gateway.reports.indicators.example import example
from gateway.reports.indicators.sheet import as_csv, as_xlsx

REPORT = example(IndicatorSettings()) | {
    "query": {"from": "2025-03-01", "to": "2025-03-31", "agency": "H46.16"},
    "as_of": "2025-04-01T08:00:00+07:00",
    "units": [{"agency": "=HYPERLINK(1)", "level": "commune", "received": 3, "ratios": {}}],
}


def test_a_workbook_says_what_was_asked_and_gives_the_worked_example() -> None:
    book = load_workbook(io.BytesIO(as_xlsx(REPORT)))
    assert book.sheetnames == ["Câu hỏi", "Tiêu chí", "Mục tiêu", "Đơn vị", "Ngày", "Thủ tục"]
    asked = {row[0].value: row[1].value for row in book["Câu hỏi"].iter_rows()}
    assert (asked["from"], asked["to"], asked["agency"]) == ("2025-03-01", "2025-03-31", "H46.16")
    rows = {row[0]: row[4:] for row in book["Tiêu chí"].iter_rows(values_only=True)}
    assert rows["T1"] == (171, 184, 0.9293, 20, 20, 18.59)
    assert rows["O3*"][:3] == (120, 200, 0.6)
    assert [cell.value for cell in book["Đơn vị"][1]] == ["cơ quan / agency", "cấp / level", "tiếp nhận / received"]
    assert book["Đơn vị"]["A2"].value == "'=HYPERLINK(1)" and book["Đơn vị"]["A2"].data_type == "s"


def test_every_row_of_a_csv_says_what_was_asked() -> None:
    content = as_csv(REPORT)
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert {len(row) for row in rows} == {14}
    assert all(row[0].startswith("from=2025-03-01 to=2025-03-31 agency=H46.16") for row in rows[1:])
    by_id = {row[2]: row for row in rows}
    assert by_id["P2"][6:9] == ["33", "60", "0.55"]
    assert by_id["online_dossiers 2022 district"][6:9] == ["40", "200", "0.2"]


def test_a_chart_is_a_drawing_with_its_data_beside_it() -> None:
    days = [{"online": 1, "received": 4}, {"online": 0, "received": 0}, {"online": 3, "received": 4}]
    shares = day_shares(days, "online", "received")
    assert shares == [0.25, None, 0.75]
    made = indicators_chart(
        ["2025-03-10", "2025-03-11", "2025-03-12"], [Series("<trực tuyến>", shares)], "Tỷ lệ / share"
    )
    figure = ET.fromstring(made)
    assert len(figure.findall(".//polyline")) == 2, "a day with nothing to measure cuts the line"
    assert [cell.text for cell in figure.findall(".//td")] == ["25,0 %", "–", "75,0 %"]
    assert figure.findall(".//th")[1].text == "<trực tuyến>"
