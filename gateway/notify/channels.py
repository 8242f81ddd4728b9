"""All configured channels, opened together."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

from gateway.notify.channel import Channel
from gateway.notify.mail import Mail
from gateway.notify.webhook import open_webhook
from gateway.watch_settings import AlertSettings


@asynccontextmanager
async def open_channels(settings: AlertSettings) -> AsyncIterator[Mapping[str, Channel]]:
    """Channel by name. Nothing is sent until one is used; on leaving, connections end."""
    async with AsyncExitStack() as stack:
        channels: dict[str, Channel] = {name: Mail(one) for name, one in settings.mail.items()}
        for name, hook in settings.webhooks.items():
            channels[name] = await stack.enter_async_context(open_webhook(hook))
        yield channels
