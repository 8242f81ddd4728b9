"""Judging an event that was read, whichever way it came: whether it is the client's to send, then what it says."""

from __future__ import annotations

from datetime import datetime

from gateway.acceptance.validation import Validator
from gateway.errors import Problem
from gateway.intake import problem
from gateway.intake.auth import authorise
from gateway.intake.cloudevents import Reading
from gateway.message import Client, Event


def judged(validator: Validator, now: datetime, client: Client, reading: Reading) -> Event:
    """The event with its warnings. Raises `IntakeError` 403 or 422."""
    authorise(client, reading.event)
    event, errors = judge(validator, now, reading)
    if errors:
        raise problem.invalid(errors)
    return event


def judge(validator: Validator, now: datetime, reading: Reading) -> tuple[Event, tuple[Problem, ...]]:
    """The event with its warnings, and everything wrong with it."""
    judgement = validator.judge(reading.event, now)
    if not reading.problems and not judgement.errors:
        event = reading.event
        return (event._replace(warnings=judgement.warnings) if judgement.warnings else event), ()
    # What is said of a place is not said again of what stands below it.
    taken = tuple(one.pointer for one in reading.problems)
    more = (one for one in judgement.errors if not any(_within(one.pointer, place) for place in taken))
    return reading.event, (*reading.problems, *more)


def _within(pointer: str, place: str) -> bool:
    return pointer == place or pointer.startswith(place + "/")
