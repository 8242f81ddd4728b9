"""What is at stake when a person decides about an `INIT` whose answer never came."""

from __future__ import annotations

from adapters.contract import Stakes

STAKES = {
    "INIT": Stakes(
        taken_vi="Nếu Nền tảng thật ra chưa nhận: không có trang thanh toán nào, người dân không nộp được và hồ sơ chờ "
        "mãi "
        "cho tới khi nơi gửi yêu cầu lại (id mới)",
        taken_en="If the platform has not taken it: there is no payment page, nobody can pay, and the dossier waits "
        "until "
        "the sender requests anew (with a new id)",
        again_vi="Nếu Nền tảng thật ra đã nhận: lần gửi lại mang mã tham chiếu mới, người dân có thể thấy hai khoản; "
        "nếu trả "
        "cả hai, khoản sau được đánh dấu phải hoàn. Mã cũ vẫn được theo dõi",
        again_en="If the platform has taken it: sending again uses a new reference, so the payer may see two requests; "
        "if "
        "both are paid, the second is flagged for refund. The old reference stays watched",
    )
}
