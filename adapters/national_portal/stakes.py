"""What is at stake when a person decides about a call to the portal whose answer never came.

Only where the settings say that progress may not be repeated blindly; everything else is repeatable there.
"""

from __future__ import annotations

from adapters.contract import Stakes
from adapters.national_portal.adapter import PROGRESS

STAKES = {
    PROGRESS: Stakes(
        taken_vi="Nếu Cổng thật ra chưa nhận: các bước này thiếu mãi trên Cổng DVCQG, người dân thấy hồ sơ đứng yên và "
        "hồ sơ "
        "có thể bị tính là trễ hạn",
        taken_en="If the portal has not taken it: these steps stay missing there, the citizen sees the dossier "
        "standing "
        "still, and it may count as late",
        again_vi="Nếu Cổng thật ra đã nhận: các bước xuất hiện hai lần trong tiến trình của hồ sơ, và Cổng không có "
        "lệnh xóa",
        again_en="If the portal has taken it: the steps show twice in the dossier's progress, and the portal has no "
        "way to "
        "delete one",
    )
}
