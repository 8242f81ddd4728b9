"""What each code rule says to the clerk, Vietnamese first, then English: what is wrong and what to do next."""

from __future__ import annotations

from collections.abc import Mapping

TEXTS: Mapping[str, tuple[str, str]] = {
    "AGENCY_FORMAT": (
        (
            "Mã cơ quan không đúng dạng. Hãy ghi như 000.00.16.H46 (QCVN 102:2016) hoặc H46.16 (QĐ 20/2020/QĐ-TTg), "
            "chỉ chữ số, chữ in hoa không dấu và dấu chấm, tối đa 35 ký tự."
        ),
        (
            "The agency code is not well formed. Write it like 000.00.16.H46 (QCVN 102:2016) or H46.16 (Decision "
            "20/2020/QĐ-TTg): digits, capital letters A to Z and dots only, at most 35 characters."
        ),
    ),
    "AGENCY_HIERARCHY": (
        "Mã cơ quan có cấp dưới trong khi cấp trên để trống (nhóm 00). Hãy điền đủ mã của từng cấp trên.",
        "The agency code names a lower level while a level above it is empty (group 00). Fill in every level above.",
    ),
    "AGENCY_LEVEL1_CLOSED": (
        (
            "Mã cấp 1 {level1} không có hiệu lực vào ngày ghi trong mã số hồ sơ (hiệu lực {span}). Hồ sơ sau ngày đó "
            "phải dùng mã của tỉnh mới; hãy kiểm tra mã cơ quan và ngày trong mã số hồ sơ."
        ),
        (
            "The level-1 code {level1} was not in force on the date in the dossier code (in force {span}). Later "
            "dossiers must use the new province's code; check the agency code and the date in the dossier code."
        ),
    ),
    "AGENCY_MISMATCH": (
        "Cơ quan trong mã số hồ sơ khác với agency.code. Nếu không phải hồ sơ chuyển cơ quan, hãy sửa một trong hai.",
        "The agency in the dossier code differs from agency.code. Unless the dossier moved, correct one of the two.",
    ),
    "DOSSIER_FORMAT": (
        (
            "Mã số hồ sơ không đúng dạng. Hãy ghi <mã cơ quan>-<năm tháng ngày, 6 chữ số>-<số thứ tự từ 0001>, ví dụ "
            "000.00.16.H46-250310-0001 (Thông tư 01/2018/TT-VPCP, điều 19)."
        ),
        (
            "The dossier code is not well formed. Write <agency code>-<yymmdd>-<running number from 0001>, e.g. "
            "000.00.16.H46-250310-0001 (Circular 01/2018/TT-VPCP art. 19)."
        ),
    ),
    "DOSSIER_DATE": (
        (
            "Ngày trong mã số hồ sơ (6 chữ số năm tháng ngày) không có thật, trước năm 2018 hoặc ở tương lai. Hãy kiểm "
            "tra lại mã số hồ sơ."
        ),
        "The date in the dossier code (yymmdd) does not exist, is before 2018 or lies in the future. Check the code.",
    ),
    "DOSSIER_DATE_MISMATCH": (
        "Ngày trong mã số hồ sơ khác ngày tiếp nhận (giờ Việt Nam). Hãy kiểm tra received_at.",
        "The date in the dossier code differs from the day of reception (Vietnamese time). Check received_at.",
    ),
    "SUBJECT_MISMATCH": (
        "subject phải trùng với mã số hồ sơ trong data.code hoặc data.dossier_code. Hãy ghi cùng một mã ở cả hai chỗ.",
        "subject must equal the dossier code in data.code or data.dossier_code. Write the same code in both places.",
    ),
    "PROCEDURE_FORMAT": (
        (
            "Mã thủ tục không đúng dạng. Hãy ghi như 1.001193 (một chữ số, dấu chấm, sáu chữ số, dạng văn bản), hoặc "
            "mã địa phương có trong bảng ánh xạ."
        ),
        (
            "The procedure code is not well formed. Write it like 1.001193 (one digit, a dot, six digits, as text), or "
            "use a local code that stands in the mapping list."
        ),
    ),
    "PROCEDURE_LEADING": (
        "Mã thủ tục quốc gia thường bắt đầu bằng 1, 2 hoặc 3. Hãy kiểm tra lại mã thủ tục.",
        "National procedure codes usually begin with 1, 2 or 3. Check the procedure code.",
    ),
    "PROCEDURE_LOCAL": (
        "Đây là mã thủ tục địa phương; hồ sơ chỉ gửi được khi mã này có trong bảng ánh xạ sang mã quốc gia.",
        "This is a local procedure code; the dossier can be sent only if the list maps it to a national code.",
    ),
    "CITIZEN_ID_FORMAT": (
        "Số định danh cá nhân phải có đúng 12 chữ số, không dấu cách, không dấu chấm.",
        "The citizen number must be exactly 12 digits, without blanks or dots.",
    ),
    "CITIZEN_ID_PROVINCE": (
        (
            "Ba chữ số đầu của số định danh không phải mã tỉnh đã biết. Đúng nếu đăng ký khai sinh ở nước ngoài; nếu "
            "không, hãy đối chiếu giấy tờ."
        ),
        (
            "The first three digits of the citizen number are no known province. Right for a birth registered abroad; "
            "else compare with the document."
        ),
    ),
    "CITIZEN_ID_MISMATCH": (
        "Năm sinh trong số định danh (chữ số thứ 4 đến thứ 6) khác birth_date. Hãy đối chiếu giấy tờ.",
        "The year of birth in the citizen number (digits 4 to 6) differs from birth_date. Compare with the document.",
    ),
    "PERSON_NUMBER": (
        "Mỗi người cần đúng một số: citizen_id (12 chữ số), hoặc id_card (9 chữ số) khi chưa có số định danh.",
        "Each person needs exactly one number: citizen_id (12 digits), or id_card (9 digits) where there is none yet.",
    ),
    "OFFICER_NUMBER": (
        "Số định danh của cán bộ gồm 12 chữ số. Nếu đây không phải mã tài khoản, hãy đối chiếu lại officer.id.",
        "The citizen number of an officer has 12 digits. Unless this is an account, check officer.id.",
    ),
    "PAYER_NUMBER": (
        (
            "Số giấy tờ của người nộp thường là số định danh 12 chữ số, CMND 9 chữ số hoặc mã số thuế. Nếu không phải "
            "hộ chiếu, hãy đối chiếu giấy tờ."
        ),
        (
            "The payer's number is usually a citizen number of 12 digits, an old card of 9, or a tax code. Unless it "
            "is a passport, compare with the document."
        ),
    ),
    "OWNER_NUMBER": (
        "Cần đúng một số của chủ sở hữu: citizen_id với cá nhân, tax_code với doanh nghiệp, tổ chức.",
        "The owner needs exactly one number: citizen_id for a person, tax_code for a business or organisation.",
    ),
    "OWNER_TAX": (
        (
            "Mã số thuế ở đây gồm 10 chữ số, chi nhánh thì thêm gạch ngang và 3 chữ số từ 001 đến 999, ví dụ "
            "3109999917-001. Số định danh 12 chữ số hãy ghi vào owner.citizen_id."
        ),
        (
            "A tax code here has 10 digits, a branch a dash and 3 more from 001 to 999, e.g. 3109999917-001. A citizen "
            "number of 12 digits belongs in owner.citizen_id."
        ),
    ),
    "MEMBERS_UNEXPECTED": (
        "members chỉ được ghi khi service là household. Hãy bỏ members hoặc sửa service.",
        "members may stand only with service = household. Leave it out or correct service.",
    ),
    "CMND_FORMAT": (
        "Số CMND phải có đúng 9 chữ số. Số 12 chữ số hãy ghi vào citizen_id.",
        "The old identity card number must be exactly 9 digits. A number of 12 digits belongs in citizen_id.",
    ),
    "TAX_FORMAT": (
        (
            "Mã số thuế không đúng dạng. Doanh nghiệp: 10 chữ số, hoặc 13 chữ số với mã chi nhánh từ 001 đến 999, ví "
            "dụ 3109999917-001. Cá nhân: cũng có thể là số định danh 12 chữ số."
        ),
        (
            "The tax code is not well formed. Businesses: 10 digits, or 13 with a branch from 001 to 999, e.g. "
            "3109999917-001. Persons: also the citizen number of 12 digits."
        ),
    ),
    "TAX_CHECK_DIGIT": (
        "Chữ số kiểm tra (chữ số thứ 10) của mã số thuế không đúng. Hãy đối chiếu giấy chứng nhận đăng ký thuế.",
        "The check digit (the tenth) of the tax code is wrong. Compare with the tax registration certificate.",
    ),
    "DATE_FORMAT": (
        (
            "Thời điểm không đúng dạng hoặc không có thật. Hãy ghi theo RFC 3339 có múi giờ, ví dụ "
            "2025-03-10T08:30:00+07:00."
        ),
        (
            "This moment is not well formed or does not exist. Write it by RFC 3339 with its offset, e.g. "
            "2025-03-10T08:30:00+07:00."
        ),
    ),
    "BIRTH_DATE": (
        "Ngày sinh không đúng dạng, không có thật hoặc ở tương lai. Hãy ghi 1985-04-12, hoặc 1985 nếu chỉ biết năm.",
        "The birth date is not well formed, not real or in the future. Write 1985-04-12, or 1985 for the year alone.",
    ),
    "AMOUNT_DUE": (
        "Số tiền phải nộp là số nguyên JSON, tính bằng đồng, từ 1 đến 1000000000000, không ngoặc kép hay dấu cách.",
        "The amount due must be a JSON integer in VND from 1 to 1000000000000, without separators or quotes.",
    ),
    "AMOUNT_SUM": (
        "amount khác tổng các khoản trong fees. Hãy sửa số tiền, hoặc bổ sung khoản phí, lệ phí còn thiếu.",
        "amount differs from the sum of fees. Correct the amount, or add the fee or charge that is missing.",
    ),
    "AMOUNT_FORMAT": (
        "Số tiền phải là số nguyên JSON, tính bằng đồng, từ 0 đến 1000000000000, không dấu ngăn cách, không ngoặc kép.",
        "The amount must be a JSON integer in VND from 0 to 1000000000000, without separators or quotes.",
    ),
    "RESULT_CODE_FORMAT": (
        "Mã kết quả không đúng dạng. Hãy ghi như KQ.G15.000031: KQ, mã cấp 1, rồi 1 đến 20 chữ in hoa hoặc chữ số.",
        (
            "The result code is not well formed. Write it like KQ.G15.000031: KQ, level-1 code, then 1 to 20 capital "
            "letters or digits."
        ),
    ),
    "RESULT_CODE_TAIL": (
        "Phần cuối của mã kết quả thường là sáu chữ số, ví dụ KQ.G15.000031. Hãy kiểm tra lại.",
        "The last part of a result code is usually six digits, e.g. KQ.G15.000031. Check it.",
    ),
    "COMPONENT_CODE": (
        (
            "Mã thành phần hồ sơ thường gồm 1 đến 50 chữ cái không dấu, chữ số, dấu chấm, gạch ngang, gạch dưới; có "
            "thể đây là tên thành phần."
        ),
        "A component code is usually 1 to 50 letters, digits, dots, dashes or underscores; this may be its name.",
    ),
    "REUSE_MISSING": (
        "reuse là replaced_by_result nên phải có replacing_result_code (mã KQ của kết quả thay thế).",
        "reuse is replaced_by_result, so replacing_result_code (the KQ code of the replacing result) must be given.",
    ),
    "REUSE_UNEXPECTED": (
        "replacing_result_code chỉ được ghi khi reuse là replaced_by_result. Hãy bỏ mã này hoặc sửa reuse.",
        "replacing_result_code may stand only with reuse = replaced_by_result. Leave it out or correct reuse.",
    ),
    "TYPE_UNKNOWN": (
        "Hệ thống này không có tuyến cho loại thông điệp này. Các loại nhận được: {known}.",
        "This installation has no route for this message type. Types it takes: {known}.",
    ),
    "TYPE_FROM_GATEWAY": (
        "Loại thông điệp này chỉ do trục gửi ra, bên ngoài không gửi vào được. Các loại nhận được: {known}.",
        "Only the gateway itself sends this message type; it cannot be handed in. Types it takes: {known}.",
    ),
}

CODES: Mapping[str, str] = {
    "PROCEDURE_LEADING": "PROCEDURE_FORMAT",
    "RESULT_CODE_TAIL": "RESULT_CODE_FORMAT",
    "COMPONENT_CODE": "SCHEMA_PATTERN",
    "PERSON_NUMBER": "SCHEMA_ONEOF",
    "OFFICER_NUMBER": "CITIZEN_ID_FORMAT",
    "PAYER_NUMBER": "CITIZEN_ID_FORMAT",
    "OWNER_NUMBER": "SCHEMA_ONEOF",
    "OWNER_TAX": "TAX_FORMAT",
    "MEMBERS_UNEXPECTED": "SCHEMA_FALSESCHEMA",
    "BIRTH_DATE": "DATE_FORMAT",
    "AMOUNT_DUE": "AMOUNT_FORMAT",
    "REUSE_MISSING": "REUSE_INCONSISTENT",
    "REUSE_UNEXPECTED": "REUSE_INCONSISTENT",
    "TYPE_FROM_GATEWAY": "TYPE_UNKNOWN",
}
"""Texts that are another wording of a code: text -> code."""
