"""The queue is served: in turn, at the carriers' pace, never twice, and whatever fails on the way."""

import asyncio
from typing import Any

import pytest
from tests.fakes.dispatching import Office, ScriptedLink
from tests.fakes.virtual_loop import run_virtually

from callwright.model.queued_message import QueuedMessage
from callwright.usecases.carrier_traffic import Accepted, Outcome, Postponed, Refused, Unacknowledged
from callwright.usecases.ports import StorageUnavailable

HOURS_S = 3600.0


def test_a_queued_message_is_handed_over_at_once() -> None:
    async def main() -> None:
        office = Office()
        link = office.carrier("a")
        await office.dispatcher.start()
        await asyncio.sleep(1)
        (message,) = office.queue()
        await asyncio.sleep(0.1)
        assert link.sids == [message.sid]
        assert link.submitted[0][0] < 1.01
        stored = office.stored(message)
        assert (stored.status, stored.attempts, stored.carrier_sid) == ("sent", 1, office.carriers[0].sid)
        assert office.waiting == 0
        await office.dispatcher.stop(1)

    run_virtually(main())


def test_what_waited_before_the_start_is_served_in_order() -> None:
    async def main() -> None:
        office = Office()
        messages = office.queue(120)
        link = office.carrier("a")
        await office.dispatcher.start()
        await asyncio.sleep(5)
        assert link.sids == [message.sid for message in messages]
        await office.dispatcher.stop(1)

    run_virtually(main())


def test_all_senders_of_a_long_queue_are_found_at_the_start() -> None:
    async def main() -> None:
        office = Office()
        for number in range(700):
            office.queue(sender=f"+1555{number:06}")
        link = office.carrier("a", ScriptedLink(window=1000))
        await office.dispatcher.start()
        await asyncio.sleep(1)
        assert len(set(link.sids)) == 700
        await office.dispatcher.stop(1)

    run_virtually(main())


def test_a_claim_that_could_not_be_stored_is_made_again_soon() -> None:
    async def main() -> None:
        office = Office()
        link = office.carrier("a")
        await office.dispatcher.start()
        office.storage.fails = 2
        (message,) = office.queue()
        await asyncio.sleep(1)
        assert link.sids == [message.sid]
        await office.dispatcher.stop(1)

    run_virtually(main())


def test_ten_thousand_of_one_sender_delay_another_sender_by_one_turn() -> None:
    async def main() -> None:
        office = Office()
        link = office.carrier("a", messages_per_second=10)
        office.queue(10_000, sender="+15550100")
        await office.dispatcher.start()
        await asyncio.sleep(1)
        (other,) = office.queue(1, sender="+15550200")
        before = len(link.submitted)
        await asyncio.sleep(0.5)
        # One may have been on its way already, one had its turn before.
        assert other.sid in link.sids[before : before + 3]
        await office.dispatcher.stop(1)

    run_virtually(main())


@pytest.mark.parametrize("per_second", [2, 50])
def test_a_carriers_rate_is_kept_and_used(per_second: int) -> None:
    async def main() -> None:
        office = Office()
        link = office.carrier("a", messages_per_second=per_second)
        free = office.carrier("b", destinations=["+49"])
        office.queue(per_second * 12)
        office.queue(100, sender="+15550300", to="+4930123")
        await office.dispatcher.start()
        await asyncio.sleep(10)
        assert len(free.submitted) == 100
        for second in range(9):
            within = [at_s for at_s, _ in link.submitted if second <= at_s < second + 1]
            assert abs(len(within) - per_second) <= max(1, per_second // 20)
        await office.dispatcher.stop(1)

    run_virtually(main())


def test_a_links_window_is_never_overrun() -> None:
    async def main() -> None:
        office = Office()
        link = office.carrier("a", ScriptedLink(window=7, answer_s=0.5))
        office.queue(40, sender="+15550100")
        office.queue(40, sender="+15550200")
        await office.dispatcher.start()
        await asyncio.sleep(10)
        assert len(link.submitted) == 80
        assert link.most_open == 7
        await office.dispatcher.stop(1)

    run_virtually(main())


def test_a_message_is_not_handed_over_before_its_turn_by_the_senders_rate() -> None:
    async def main() -> None:
        office = Office()
        link = office.carrier("a")
        await office.dispatcher.start()
        messages = [office.queue(1, due_s=seconds)[0] for seconds in (3, 4, 5)]
        await asyncio.sleep(10)
        assert [(round(at_s), sid) for at_s, sid in link.submitted] == [
            (3 + number, message.sid) for number, message in enumerate(messages)
        ]
        await office.dispatcher.stop(1)

    run_virtually(main())


def test_messages_that_expire_while_their_carrier_is_down_fail_in_time() -> None:
    async def main() -> None:
        office = Office()
        link = office.carrier("a")
        link.is_ready = False
        await office.dispatcher.start()
        messages = office.queue(70, expires_s=30)
        await asyncio.sleep(29)
        assert {office.status(message) for message in messages} == {"queued"}
        await asyncio.sleep(10)
        assert {(office.status(one), office.stored(one).error_code) for one in messages} == {("failed", 30001)}
        assert office.waiting == 0
        assert link.submitted == []
        await office.dispatcher.stop(1)

    run_virtually(main())


def test_while_a_carrier_is_down_only_what_can_go_nowhere_else_waits() -> None:
    async def main() -> None:
        office = Office()
        down = office.carrier("a", priority=1)
        down.is_ready = False
        german = office.carrier("b", priority=2, destinations=["+49"])
        await office.dispatcher.start()
        waiting = office.queue(100, to="+15550999")
        going = office.queue(3, to="+4930123")
        await asyncio.sleep(1)
        assert german.sids == [message.sid for message in going]
        down.is_ready = True
        office.dispatcher.wake()
        await asyncio.sleep(5)
        assert down.sids == [message.sid for message in waiting]
        await office.dispatcher.stop(1)

    run_virtually(main())


def test_what_a_carrier_refuses_for_its_own_fault_goes_to_the_next() -> None:
    async def main() -> None:
        office = Office()
        broken, good = office.carrier("a", priority=1), office.carrier("b", priority=2)
        broken.answers = lambda sending: Refused(30008, "system error", try_elsewhere=True)
        await office.dispatcher.start()
        messages = office.queue(5)
        await asyncio.sleep(5)
        assert sorted(good.sids) == sorted(message.sid for message in messages)
        assert {office.status(message) for message in messages} == {"sent"}
        assert len(broken.submitted) == 5
        await office.dispatcher.stop(1)

    run_virtually(main())


def test_what_a_carrier_refuses_for_good_fails_at_once() -> None:
    async def main() -> None:
        office = Office()
        link = office.carrier("a")
        link.answers = lambda sending: Refused(30005, "no such number")
        await office.dispatcher.start()
        (message,) = office.queue()
        await asyncio.sleep(1)
        assert (office.status(message), office.stored(message).error_code) == ("failed", 30005)
        await office.dispatcher.stop(1)

    run_virtually(main())


def test_a_postponed_message_comes_back_at_its_moment_and_others_go_on() -> None:
    async def main() -> None:
        office = Office()
        link = office.carrier("a")
        (first,) = office.queue()
        answers: list[Outcome] = [Postponed("throttled", 20.0), Accepted(("x",))]
        link.answers = lambda sending: answers.pop(0) if sending.message.sid == first.sid else Accepted(("y",))
        await office.dispatcher.start()
        await asyncio.sleep(0.1)
        others = office.queue(3)
        await asyncio.sleep(5)
        assert [office.status(one) for one in others] == ["sent"] * 3
        await asyncio.sleep(20)
        times = [at_s for at_s, sid in link.submitted if sid == first.sid]
        assert len(times) == 2
        assert 20 <= times[1] - times[0] < 21
        assert office.status(first) == "sent"
        await office.dispatcher.stop(1)

    run_virtually(main())


def test_an_unacknowledged_message_is_not_handed_over_again() -> None:
    async def main() -> None:
        office = Office()
        link = office.carrier("a")
        link.answers = lambda sending: Unacknowledged("the link was lost")
        await office.dispatcher.start()
        (message,) = office.queue()
        await asyncio.sleep(60)
        assert link.sids == [message.sid]
        assert office.stored(message).error_code == 30008
        await office.dispatcher.stop(1)

    run_virtually(main())


def test_a_claim_whose_commit_was_not_heard_of_is_undone_and_made_again() -> None:
    async def main() -> None:
        office = Office()
        link = office.carrier("a")
        await office.dispatcher.start()
        write, has_failed = office.storage.write, False

        async def deaf(work: Any, actor: Any) -> Any:
            nonlocal has_failed
            result = await write(work, actor)
            if not has_failed:
                has_failed = True
                raise StorageUnavailable("the connection was lost during the commit")
            return result

        office.storage.write = deaf  # type: ignore[method-assign]  # the first one commits, and says that it failed
        messages = office.queue(3)
        await asyncio.sleep(5)
        assert sorted(link.sids) == sorted(message.sid for message in messages)
        assert [office.status(message) for message in messages] == ["sent"] * 3
        await office.dispatcher.stop(1)

    run_virtually(main())


def test_a_link_that_raises_costs_one_message_and_not_the_others() -> None:
    async def main() -> None:
        office = Office()
        link = office.carrier("a")
        first, *others = office.queue(5)

        def answer(sending: Any) -> Accepted:
            if sending.message.sid == first.sid:
                raise ZeroDivisionError
            return Accepted(("x",))

        link.answers = answer
        await office.dispatcher.start()
        await asyncio.sleep(1)
        assert office.stored(first).error_code == 30008
        assert [office.status(one) for one in others] == ["sent"] * 4
        await office.dispatcher.stop(1)

    run_virtually(main())


def test_an_outage_of_the_storage_loses_nothing_and_repeats_nothing() -> None:
    async def main() -> None:
        office = Office()
        link = office.carrier("a", ScriptedLink(window=10, answer_s=0.2))
        messages = office.queue(200)
        await office.dispatcher.start()
        for _ in range(8):
            await asyncio.sleep(0.35)
            office.storage.fails = 3
        await asyncio.sleep(60)
        assert sorted(link.sids) == sorted(message.sid for message in messages)
        assert {office.status(message) for message in messages} == {"sent"}
        assert office.waiting == 0
        await office.dispatcher.stop(1)

    run_virtually(main())


def test_reading_fails_and_is_done_again() -> None:
    async def main() -> None:
        office = Office()
        link = office.carrier("a")
        read = office.storage.read

        async def fails(work: Any) -> Any:
            raise StorageUnavailable("down")

        office.storage.read = fails  # type: ignore[method-assign]  # an outage
        await office.dispatcher.start()
        (message,) = office.queue()
        await asyncio.sleep(3)
        office.storage.read = read  # type: ignore[method-assign]  # its end
        await asyncio.sleep(6)
        assert link.sids == [message.sid]
        await office.dispatcher.stop(1)

    run_virtually(main())


def test_a_stop_waits_for_answers_and_claims_nothing_more() -> None:
    async def main() -> None:
        office = Office()
        link = office.carrier("a", ScriptedLink(window=5, answer_s=2.0))
        messages = office.queue(20)
        await office.dispatcher.start()
        await asyncio.sleep(0.5)
        await office.dispatcher.stop(5)
        assert link.sids == [message.sid for message in messages[:5]]
        assert [office.status(message) for message in messages] == ["sent"] * 5 + ["queued"] * 15
        assert office.waiting == 15

    run_virtually(main())


def test_what_was_unanswered_at_the_stop_is_judged_by_the_next_start() -> None:
    async def main() -> None:
        office = Office()
        link = office.carrier("a", ScriptedLink(window=2, answer_s=HOURS_S))
        messages = office.queue(3)
        await office.dispatcher.start()
        await asyncio.sleep(0.5)
        await office.dispatcher.stop(1)
        assert [office.status(message) for message in messages] == ["sending", "sending", "queued"]
        office.restart()
        link.open, link.answer_s = 0, 0.1
        await office.dispatcher.start()
        await asyncio.sleep(1)
        assert link.sids == [message.sid for message in messages]  # once each
        assert [office.stored(message).error_code for message in messages] == [30008, 30008, None]
        await office.dispatcher.stop(1)

    run_virtually(main())


def test_carriers_that_come_and_change_give_waiting_messages_other_ways() -> None:
    async def main() -> None:
        office = Office()
        down = office.carrier("a")
        down.is_ready = False
        await office.dispatcher.start()
        messages = office.queue(100)
        await asyncio.sleep(1)
        new = office.carrier("b")
        await asyncio.sleep(2)
        assert new.sids == [message.sid for message in messages]
        assert down.submitted == []
        await office.dispatcher.stop(1)

    run_virtually(main())


def test_a_row_that_nobody_told_of_is_found() -> None:
    async def main() -> None:
        office = Office()
        link = office.carrier("a")
        await office.dispatcher.start()
        office.storage.listeners.clear()  # as if another process had written it
        (message,) = office.queue()
        await asyncio.sleep(6)
        assert link.sids == [message.sid]
        await office.dispatcher.stop(1)

    run_virtually(main())


def test_a_row_that_is_gone_when_its_turn_comes_is_passed_over() -> None:
    async def main() -> None:
        office = Office()
        link = office.carrier("a", messages_per_second=1)
        messages = office.queue(4)
        await office.dispatcher.start()
        await asyncio.sleep(0.5)
        rows = office.storage.all(QueuedMessage)
        canceled = next(row for row in rows if row.message_sid == messages[2].sid)
        office.storage.write_sync(lambda unit: unit.delete(canceled))
        await asyncio.sleep(5)
        assert link.sids == [messages[0].sid, messages[1].sid, messages[3].sid]
        await office.dispatcher.stop(1)

    run_virtually(main())


def test_an_idle_dispatcher_looks_only_every_few_seconds() -> None:
    async def main() -> None:
        office = Office()
        office.carrier("a")
        reads = 0
        read = office.storage.read

        async def counting(work: Any) -> Any:
            nonlocal reads
            reads += 1
            return await read(work)

        office.storage.read = counting  # type: ignore[method-assign]  # counts
        await office.dispatcher.start()
        await asyncio.sleep(100)
        assert reads <= 23
        await office.dispatcher.stop(1)

    run_virtually(main())
