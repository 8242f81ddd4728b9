"""What holds for every test: the settings of whoever runs them stay outside."""

from __future__ import annotations

import os

# A configuration that a person exported in this shell must not decide over a test; addresses of test services may.
for _name in [name for name in os.environ if name.startswith("LIENTHONG_") and not name.startswith("LIENTHONG_TEST_")]:
    del os.environ[_name]
