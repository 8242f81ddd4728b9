"""Signing in at a provider of another site, in a real Chromium: what its rules about cookies make of the way back."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.access.provider import Provider
from tests.access.test_signing_in_elsewhere import gateway_with
from tests.console.seeing import grave

# Long: the first time on a machine the browser is fetched.
pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(900)]


async def test_who_comes_back_from_another_site_is_signed_in_and_where_they_wanted_to_be(
    chromium: Browser, tmp_path: Path
) -> None:
    async with (
        Provider(host="localhost", has_a_page=True).running() as provider,
        gateway_with(tmp_path, provider.section()) as gateway,
    ):
        context = await chromium.new_context(base_url=gateway.address, locale="vi-VN")
        page = await context.new_page()
        await page.goto("/console/messages")
        assert await grave(page) == []
        await page.get_by_role("link", name="Đăng nhập bằng SSO tỉnh").click()
        await page.get_by_role("link", name="OK").click()
        await expect(page).to_have_url(re.compile("/console/messages$"))
        await expect(page.locator("body")).to_have_attribute("data-user", "lan.nguyen")
        await context.close()
