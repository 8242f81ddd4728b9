"""The judge of crash histories finds every fault that is planted, and lets pass exactly what the gateway may do."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from adapters.national_portal.simulator import Effect
from adapters.national_portal.simulator.effects import Kind
from tests.crash import plant
from tests.crash.history import Answered, Finding, Killed, Posted, Sent, examine

CODE, OTHER = "000.00.16.H46-250612-0001", "000.00.16.H46-250612-0002"


def snapshot(number: int, status: str = "received", code: str = CODE) -> Posted:
    return Posted(f"{code}/{number}", code, status, ((f"{code} snapshot {number}",),))


def progress(number: int, *sizes: int, code: str = CODE, statuses: Sequence[str] = ("processing",)) -> Posted:
    parts = tuple(tuple(f"{code} step {number}.{part}.{n}" for n in range(size)) for part, size in enumerate(sizes))
    return Posted(f"{code}/{number}", code, None, parts, frozenset(statuses))


class Story:
    """A history told step by step: messages sent and answered in turn, effects and kills as they come."""

    def __init__(self, *messages: Posted) -> None:
        self.log: list[Sent | Answered | Killed] = []
        self.effects: list[Effect] = []
        for message in messages:
            self.log += [Sent(message), Answered(message.key)]

    def does(self, message: Posted, *parts: int) -> Story:
        """The portal does a message, or some of its parts."""
        kind: Kind = "progress" if message.status is None else "update" if self._knows(message) else "create"
        for part in parts or range(len(message.parts)):
            for digest in message.parts[part]:
                number = len(self.effects) + 1
                self.effects.append(Effect(number, number, kind, message.subject, "", "", "", digest, ""))
        return self

    def dies(self) -> Story:
        self.log.append(Killed(len(self.effects)))
        return self

    def findings(self) -> list[Finding]:
        return examine(self.log, self.effects)

    @property
    def kinds(self) -> set[str]:
        return {one.kind for one in self.findings()}

    def _knows(self, message: Posted) -> bool:
        return any(effect.key == message.subject for effect in self.effects)


def a_good_story() -> Story:
    """Two dossiers, side by side, a kill in the middle of a call."""
    first, steps, later = snapshot(1), progress(2, 3, 2), snapshot(3, "completed")
    other, more = snapshot(1, code=OTHER), progress(2, 1, code=OTHER)
    story = Story(first, other, steps, more, later)
    return story.does(first).does(other).does(steps, 0).dies().does(steps, 0).does(more).does(steps, 1).does(later)


def test_a_good_history_has_no_findings() -> None:
    assert a_good_story().findings() == []


@pytest.mark.parametrize("place", [0, 1, 8, 9, 10, 11])
def test_a_lost_effect_is_found_wherever_it_is_taken_out(place: int) -> None:
    story = a_good_story()
    found = examine(story.log, plant.lose(story.effects, place))
    assert ("lost", story.effects[place].key) in {(one.kind, one.subject) for one in found}


@pytest.mark.parametrize("place", [0, 1, 2, 3, 5, 6, 7, 9, 10])
def test_two_swapped_effects_are_found_wherever_they_are(place: int) -> None:
    story = a_good_story()
    found = examine(story.log, plant.swap(story.effects, place))
    assert ("order", story.effects[place].key) in {(one.kind, one.subject) for one in found}


@pytest.mark.parametrize("place", range(12))
def test_a_doubled_effect_is_found_wherever_it_is(place: int) -> None:
    story = a_good_story()
    found = examine(story.log, plant.double(story.effects, place))
    assert {(one.kind, one.subject) for one in found} == {("doubled", story.effects[place].key)}


def test_an_effect_that_nobody_asked_for_is_found() -> None:
    stranger = snapshot(7, code=OTHER)
    assert Story(snapshot(1)).does(snapshot(1)).does(stranger).kinds == {"unknown"}


def test_a_message_that_was_never_answered_may_be_missing() -> None:
    story = Story()
    story.log.append(Sent(snapshot(1)))
    assert story.findings() == []


# -- snapshots --------------------------------------------------------------------------------------------------------


def test_a_snapshot_may_give_way_to_a_newer_one_of_the_same_status() -> None:
    assert Story(snapshot(1), snapshot(2)).does(snapshot(2)).findings() == []


def test_a_status_that_nothing_else_tells_of_must_not_be_merged_away() -> None:
    assert Story(snapshot(1), snapshot(2, "completed")).does(snapshot(2, "completed")).kinds == {"lost"}


def test_a_status_that_a_step_tells_of_may_be_merged_away() -> None:
    old, step, new = snapshot(1), progress(2, 1, statuses=["received"]), snapshot(3, "completed")
    assert Story(old, step, new).does(new).does(step).findings() == []


def test_the_newest_snapshot_must_arrive() -> None:
    assert Story(snapshot(1), snapshot(2)).does(snapshot(1)).kinds == {"lost"}


def test_a_status_is_not_told_by_a_snapshot_that_comes_after_another_status() -> None:
    first, second, third = snapshot(1), snapshot(2, "completed"), snapshot(3)
    assert Story(first, second, third).does(second).does(third).kinds == {"lost"}


def test_a_snapshot_takes_the_place_it_freed_ahead_of_progress_but_no_better_one() -> None:
    early, old, late, new = progress(2, 1), snapshot(3), progress(4, 1), snapshot(5)
    first = snapshot(1)
    story = Story(first, early, old, late, new)
    assert story.does(first).does(early).does(new).does(late).findings() == []
    story.effects.clear()
    assert story.does(first).does(new).does(early).does(late).kinds == {"order"}


def test_a_snapshot_cut_off_by_a_kill_leaves_its_place_to_a_newer_one() -> None:
    first, second, step, third = snapshot(1), snapshot(2), progress(3, 1), snapshot(4)
    assert Story(first, second, step, third).does(first).dies().does(third).does(step).findings() == []
    assert Story(first, second, step, third).does(first).does(third).does(step).findings() == []
    assert Story(first, step, third).does(first).does(third).does(step).kinds == {"order"}


def test_places_are_left_from_kill_to_kill() -> None:
    first, second, step, third, fourth = (snapshot(1), snapshot(2), progress(3, 1), snapshot(4), snapshot(5))
    story = Story(first, second, step, third, fourth)
    assert story.does(first).dies().does(third).dies().does(fourth).does(step).findings() == []


def test_an_older_snapshot_never_lands_on_a_newer_one() -> None:
    first, second, third = snapshot(1), snapshot(2, "completed"), snapshot(3)
    assert "order" in Story(first, second, third).does(third).does(second).kinds


# -- repeats ----------------------------------------------------------------------------------------------------------


def test_the_call_in_flight_at_a_kill_may_be_repeated_once_for_each_kill() -> None:
    first, steps = snapshot(1), progress(2, 10, 3)
    story = Story(first, steps).does(first).dies().does(first).dies().does(first)
    assert story.does(steps, 0).dies().does(steps, 0).does(steps, 1).findings() == []


def test_one_kill_excuses_one_repeat() -> None:
    first = snapshot(1)
    assert Story(first).does(first).dies().does(first).does(first).kinds == {"doubled"}


def test_a_part_answered_before_the_one_in_flight_must_not_be_repeated() -> None:
    first, steps = snapshot(1), progress(2, 10, 3)
    story = Story(first, steps).does(first).does(steps).dies().does(steps)
    assert "doubled" in story.kinds


def test_a_snapshot_must_not_be_repeated_after_later_work() -> None:
    first, step = snapshot(1), progress(2, 1)
    assert {"doubled", "order"} == Story(first, step).does(first).does(step).dies().does(first).kinds


def test_a_dossier_is_created_once() -> None:
    first, second = snapshot(1), snapshot(2)
    story = Story(first, second).does(first).does(second)
    story.effects[1] = Effect(2, 2, "create", CODE, "", "", "", story.effects[1].digest, "")
    assert story.kinds == {"doubled"}


def test_messages_sent_at_the_same_time_may_arrive_in_any_order() -> None:
    first, one, other = snapshot(1), progress(2, 1), progress(3, 1)
    story = Story(first)
    story.log += [Sent(one), Sent(other), Answered(one.key), Answered(other.key)]
    assert story.does(first).does(other).does(one).findings() == []


def test_messages_that_look_the_same_cannot_be_judged() -> None:
    twin = Posted("twin", CODE, "received", snapshot(1).parts)
    with pytest.raises(ValueError, match="not to be told apart"):
        Story(snapshot(1), twin).findings()
