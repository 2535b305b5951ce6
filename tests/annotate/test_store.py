"""What is given to whom, and that nothing that was answered is lost or counted twice."""

import os
import threading

import pytest

from veridical.annotate.ask import AnnotateError, Ask
from veridical.annotate.database import open_database
from veridical.annotate.store import Store

ITEMS, GOLD = [f"i{number}" for number in range(6)], ["g0", "g1"]


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request, tmp_path):
    """A database of each kind; VERIDICAL_POSTGRES names an empty one for tests."""
    if request.param == "sqlite":
        yield str(tmp_path / "said.db")
        return
    url = os.environ.get("VERIDICAL_POSTGRES")
    if not url:
        pytest.skip("VERIDICAL_POSTGRES names no database")
    yield url
    with open_database(url).transaction() as run:
        for table in ("facts", "people", "given", "judgements"):
            run(f"DROP TABLE {table}")


@pytest.fixture
def store(place):
    return Store(open_database(place))


def say(store, person, item, number=0, **content):
    store.keep(person, f"{person}-{item}-{number}", item, {"skip": False, **content}, 1.0)


def test_every_item_is_given_to_as_many_as_are_asked_for(store):
    given = {name: [] for name in ("ann", "bo", "cy")}
    for _ in range(12):
        for name in given:
            item = store.next(name, ITEMS, [], Ask(each=2))
            if item is not None:
                given[name].append(item)
                say(store, name, item)
    assert all(sum(item in own for own in given.values()) == 2 for item in ITEMS) and all(len(set(own)) == len(own) for own in given.values())


def test_what_was_given_and_not_judged_comes_again(store):
    first = store.next("ann", ITEMS, [], Ask())
    assert store.next("ann", ITEMS, [], Ask()) == first
    assert store.next("ann", ITEMS, [], Ask(), without=[first]) != first


def test_what_somebody_keeps_lying_is_given_to_another(store):
    ask = Ask(each=1, hold_seconds=-1)
    assert store.next("ann", ["only"], [], Ask(each=1)) == "only" and store.next("bo", ["only"], [], Ask(each=1)) is None
    assert store.next("bo", ["only"], [], ask) == "only"
    say(store, "bo", "only")
    assert store.next("cy", ["only"], [], ask) is None


def test_one_in_so_many_is_a_gold_question(store):
    seen = []
    for _ in range(8):
        seen.append(store.next("ann", ITEMS, GOLD, Ask(gold_every=3)))
        say(store, "ann", seen[-1])
    assert seen == ["i0", "i1", "g0", "i2", "i3", "g1", "i4", "i5"] and store.next("ann", ITEMS, GOLD, Ask(gold_every=3)) is None


def test_the_same_judgement_sent_again_is_one_and_a_later_one_takes_its_place(store):
    for _ in range(3):
        say(store, "ann", "i0", better="first")
    say(store, "ann", "i0", 1, better="second")
    say(store, "ann", "i0", better="first")  # the earlier one arrives once more, late
    say(store, "bo", "i0", better="third")
    assert [(one.person, one.content["better"]) for one in store.judgements()] == [("ann", "second"), ("bo", "third")]
    with store.database.transaction() as run:
        assert run("SELECT COUNT(*) FROM judgements")[0][0] == 3


def test_what_was_kept_is_there_when_the_database_is_opened_again(store, place):
    say(store, "ann", "i0", text="quotes ' \" and \x00 and 语言")
    again = Store(open_database(place))
    assert again.judgements() == store.judgements() and again.secret() == store.secret() and again.judgements()[0].content["text"] == "quotes ' \" and \x00 and 语言"


def test_a_transaction_that_fails_leaves_nothing(store):
    with pytest.raises(ZeroDivisionError), store.database.transaction() as run:
        run("INSERT INTO facts (name, value) VALUES (?, ?)", "half", "done")
        raise ZeroDivisionError
    assert store.fact("half", "whole") == "whole"


def test_a_connection_that_was_lost_is_opened_again(store):
    say(store, "ann", "i0")
    store.database.connection.close()
    with pytest.raises(Exception):  # noqa: B017, PT011 - each driver has its own
        store.judgements()
    assert len(store.judgements()) == 1


def test_many_threads_get_different_items_and_lose_nothing(place):
    items = [f"i{number}" for number in range(60)]
    stores = [Store(open_database(place)) for _ in range(3)]  # as three servers would

    def work(number):
        while (item := stores[number % 3].next(f"p{number}", items, [], Ask(each=1))) is not None:
            say(stores[number % 3], f"p{number}", item)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    [thread.start() for thread in threads], [thread.join() for thread in threads]
    assert sorted(one.item for one in stores[0].judgements()) == sorted(items)


def test_a_token_is_kept_as_a_digest_and_ends_when_a_new_one_is_made(store):
    token = store.invite("ann")
    assert store.invite("ann") is None and store.who(token).name == "ann" and not store.who(token).owner
    with store.database.transaction() as run:
        assert token not in str(run("SELECT * FROM people"))
    new = store.invite("ann", anew=True)
    assert store.who(token) is None and store.who(new).name == "ann" and store.who("") is None and store.people() == ["ann"]


def test_other_data_does_not_get_into_the_same_database(store):
    store.belongs("a")
    store.belongs("a")
    with pytest.raises(AnnotateError, match="belongs to other data"):
        store.belongs("b")


def test_a_place_that_cannot_be_opened_is_named(tmp_path):
    (tmp_path / "no.db").write_text("this is a text and no database, " * 50)
    with pytest.raises(AnnotateError, match=r"no\.db: cannot be opened"):
        open_database(str(tmp_path / "no.db"))
