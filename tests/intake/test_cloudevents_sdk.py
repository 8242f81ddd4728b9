"""Our CloudEvents reading against the project's own SDK: what it writes, we read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from cloudevents.core.bindings.http import HTTPMessage, to_binary, to_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from gateway.acceptance.validation import Validator
from gateway.intake import cloudevents
from gateway.settings import load_settings
from tests.intake.documents import CODE, RECORDED, SOURCE, a_dossier

VALIDATOR = Validator(load_settings(environment={}).codes)
