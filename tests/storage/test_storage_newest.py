"""What the list of applications asks of the database: how many rows name each, and the newest of them."""

from tests.storage.records import AC, ALICE, call, number, stored_call

from callwright.model.record import position_of
from callwright.model.resources.call import Call
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.resources.message import Message
from callwright.storage.database import Database
from callwright.usecases.ports import Condition, UnitOfWork

FIRST, SECOND, THIRD = ("AP" + sign * 32 for sign in "123")


def stored_message(database: Database, prefix: str, application_sid: str) -> Message:
    def work(unit: UnitOfWork) -> Message:
        sid = unit.new_sid(prefix)
        return unit.insert(
            Message.model_construct(
                sid=sid, position=position_of(sid), account_sid=AC, from_="+1", to="+2", application_sid=application_sid
            )
        )

    return database.write_sync(work, ALICE)


def test_the_newest_record_of_each_value_is_found_and_values_without_one_are_left_out(database: Database) -> None:
    stored_call(database, application_sid=FIRST)
    second = stored_call(database, application_sid=SECOND)
    first = stored_call(database, application_sid=FIRST)
    stored_call(database, application_sid=None)
    found = database.read_sync(lambda unit: unit.newest(Call, "application_sid", [FIRST, SECOND, THIRD, FIRST]))
    assert found == {FIRST: first, SECOND: second}


def test_the_newest_message_is_the_last_one_whatever_its_prefix(database: Database) -> None:
    for prefix in ("SM", "MM", "SM"):
        newest = stored_message(database, prefix, FIRST)
        assert database.read_sync(lambda unit: unit.newest(Message, "application_sid", [FIRST])) == {FIRST: newest}


def test_counts_of_many_values_at_once(database: Database) -> None:
    def work(unit: UnitOfWork) -> None:
        for index in range(5):
            target = FIRST if index < 3 else SECOND
            unit.insert(number(unit, f"+1555000{index:04}", voice_application_sid=target))
        unit.insert(call(unit, application_sid=THIRD))

    database.write_sync(work, ALICE)
    wanted = [FIRST, SECOND, THIRD, FIRST]
    found = database.read_sync(lambda unit: unit.counts(IncomingPhoneNumber, "voice_application_sid", wanted))
    assert found == {FIRST: 3, SECOND: 2}


def test_nothing_is_asked_for_no_values(database: Database) -> None:
    assert database.read_sync(lambda unit: unit.newest(Call, "application_sid", [])) == {}
    assert database.read_sync(lambda unit: unit.counts(Call, "application_sid", [])) == {}


def test_counts_of_rows_that_meet_conditions_besides(database: Database) -> None:
    def work(unit: UnitOfWork) -> str:
        old = unit.insert(number(unit, "+15550000001", voice_application_sid=FIRST, trunk_sid="TK" + "1" * 32))
        unit.insert(number(unit, "+15550000002", voice_application_sid=FIRST))
        unit.insert(number(unit, "+15550000003", voice_application_sid=SECOND))
        return old.sid

    old_sid = database.write_sync(work, ALICE)
    newer = [Condition("sid", old_sid, "gt"), Condition("trunk_sid", None)]
    wanted = [FIRST, SECOND]
    found = database.read_sync(lambda unit: unit.counts(IncomingPhoneNumber, "voice_application_sid", wanted, newer))
    assert found == {FIRST: 1, SECOND: 1}
