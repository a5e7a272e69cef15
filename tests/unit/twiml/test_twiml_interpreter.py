"""Running documents: order, answering, going on, ending; loops are bounded and cancelling silences."""

import asyncio

import pytest
from tests.fakes.call_control import FakeCall, FakeDocuments
from tests.fakes.virtual_loop import run_virtually
from tests.unit.twiml.running import URL, document, run

from callwright.twiml import interpreter
from callwright.twiml.document import Document, parse
from callwright.twiml.ports import DocumentFailed


def test_an_empty_document_answers_and_hangs_up() -> None:
    assert run("").story == ["answer", "hang up"]


def test_running_out_of_verbs_hangs_up() -> None:
    assert run("<Pause/>").story == ["pause 1", "answer", "hang up"]


def test_warnings_are_told_when_the_document_starts() -> None:
    ran = run("<Pause x='1'/><Redirect>http://h/b</Redirect>", {"http://h/b": "<Pause length='x'/>"})
    assert ran.codes == [12200, 13910]


def test_an_action_replaces_the_document() -> None:
    ran = run(
        "<Gather action='http://h/b' numDigits='1'/><Say>never</Say>",
        {"http://h/b": "<Say>b</Say>"},
        keys=[(1, "1")],
    )
    assert ran.story == ["answer", "say b", "hang up"]


def test_a_document_that_cannot_be_had_is_the_callers_to_handle() -> None:
    async def main() -> FakeCall:
        call = FakeCall()
        with pytest.raises(DocumentFailed):
            await interpreter.run(document("<Redirect/>"), call, FakeDocuments({}))
        return call

    assert run_virtually(main()).story == []


def test_a_loop_of_redirects_is_ended_with_an_error() -> None:
    ran = run("<Redirect/>", {URL: "<Redirect/>"})
    assert ran.story == ["hang up"]
    assert len(ran.requests) == interpreter.MOST_SILENT_DOCUMENTS - 1
    (warned,) = ran.warnings
    assert (warned.code, warned.is_error) == (11215, True)
    assert URL in warned.message


def test_a_loop_in_which_time_passes_goes_on_as_long_as_the_caller_stays() -> None:
    hold = "<Play>music.wav</Play><Redirect/>"
    ran = run(hold, {URL: hold}, caller_leaves_at_s=3600)
    assert ran.took_s == 3600
    assert len(ran.requests) == 1199
    assert ran.codes == []


def test_even_a_slow_loop_has_an_end() -> None:
    async def main() -> tuple[FakeCall, FakeDocuments]:
        read = document("<Say/><Redirect/>")
        call, documents = FakeCall(), FakeDocuments({URL: Document(read.verbs, URL)})
        await interpreter.run(read, call, documents)
        return call, documents

    call, documents = run_virtually(main())
    assert len(documents.requests) == interpreter.MOST_DOCUMENTS
    assert call.story == ["answer", "hang up"]
    assert call.codes == [13520, 11215]


def test_a_loop_lets_others_run() -> None:
    async def main() -> int:
        ticks = 0

        async def tick() -> None:
            nonlocal ticks
            while True:
                ticks += 1
                await asyncio.sleep(0)

        other = asyncio.create_task(tick())
        await interpreter.run(document("<Redirect/>"), FakeCall(), FakeDocuments({URL: document("<Redirect/>")}))
        other.cancel()
        return ticks

    assert run_virtually(main()) >= interpreter.MOST_SILENT_DOCUMENTS - 1


@pytest.mark.parametrize(
    "inner",
    [
        "<Say loop='0'>a</Say>",
        "<Gather><Say>a</Say></Gather>",
        "<Pause length='9'/>",
        "<Play>http://h/a</Play>",
    ],
)
def test_cancelling_silences_at_once(inner: str) -> None:
    async def main() -> FakeCall:
        call = FakeCall()
        running = asyncio.create_task(interpreter.run(document(inner), call, FakeDocuments({})))
        await asyncio.sleep(2)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        await asyncio.sleep(100)
        return call

    call = run_virtually(main())
    assert call.done[-1].cut_s == 2


def test_cancelling_while_keys_are_awaited_leaves_nothing_behind() -> None:
    async def main() -> int:
        running = asyncio.create_task(interpreter.run(document("<Gather/>"), FakeCall(), FakeDocuments({})))
        await asyncio.sleep(2)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await asyncio.sleep(0)
        return len(asyncio.all_tasks())

    assert run_virtually(main()) == 1


@pytest.mark.parametrize("leaves_at_s", [0, 1, 3, 4.5, 8])
def test_a_caller_who_leaves_ends_the_run_quietly(leaves_at_s: float) -> None:
    ran = run(
        "<Pause/><Say>a</Say><Gather><Say>b</Say></Gather><Redirect/>",
        {URL: "<Pause length='60'/>"},
        caller_leaves_at_s=leaves_at_s,
    )
    assert ran.took_s == leaves_at_s
    assert "hang up" not in ran.story


def test_one_document_runs_in_many_calls_at_once() -> None:
    async def main() -> list[list[str]]:
        shared = parse("<Response><Say>a</Say><Gather action='http://h/b'><Say>c</Say></Gather></Response>", None)
        after = FakeDocuments({"http://h/b": document("<Hangup/>")})
        calls = [FakeCall(keys=[(4 + place, str(place)), (4.1 + place, "#")]) for place in range(3)]
        await asyncio.gather(*(interpreter.run(shared, call, after) for call in calls))
        assert [request.parameters["Digits"] for request in after.requests] == ["0", "1", "2"]
        return [call.story for call in calls]

    assert run_virtually(main()) == [["answer", "say a", "say c", "hang up"]] * 3
