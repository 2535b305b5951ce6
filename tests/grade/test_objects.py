"""Objects are counted by mention, and neither silence nor naming everything pays."""

import pytest

from veridical.grade import graders
from veridical.grade.lexicon import lexicon_of, read_lexicon
from veridical.grade.objects import objects, objects_named
from veridical.records.record import Fact, Part, Record, Turn

GROUPS = [["person", "man", "child"], ["bus"], ["wine glass"], ["hot dog"], ["dog", "puppy"], ["toilet"], ["chair", "seat"], ["tie", "bow tie"], ["bear"], ["train"], ["knife"], ["cup"]]
LEXICON = lexicon_of(GROUPS)


def shown(*names: str) -> Record:
    """A picture with objects."""
    return Record(record_id="1", prompt=(Turn(role="user", parts=(Part(text="Describe this image."),)),), facts=tuple(Fact(kind="object", text=name) for name in names))


def named(text: str) -> list[str]:
    """Classes in the order of the text."""
    return [mention.name for mention in LEXICON.mentions(text)]


def test_every_mention_counts():
    assert named("A man and two men hold a puppy; the dog sleeps.") == ["person", "person", "dog", "dog"]


def test_two_words_that_are_one_object_are_not_also_the_other_object():
    assert named("hot dogs and a baby bear on a passenger train") == ["hot dog", "bear", "train"]
    assert named("a bow tie and wine glasses") == ["tie", "wine glass"]


def test_a_toilet_takes_the_seats_of_the_text_with_it():
    assert named("a toilet and its seat") == ["toilet"]
    assert named("the toilet seat") == ["toilet"]
    assert named("a seat") == ["chair"]


def test_the_singular_of_bus_is_lost_and_its_plural_found():
    assert named("a bus") == [] and named("two buses") == ["bus"]


def test_false_words_are_given_as_they_are_written():
    grade = objects_named(LEXICON)(shown("dog"), "Puppies, two Knives and a knife.")
    assert grade.wrong == ("knives", "knife")
    assert grade.why == "not there: knife"


def test_counts_are_those_of_the_hand_count():
    # mentions: man, dog, dog, cup; the cup is not there; of person, dog, knife two are named
    grade = objects_named(LEXICON)(shown("person", "dog", "knife"), "A man, a dog, another dog, a cup.")
    assert grade.counts == {"mentioned": 4, "hallucinated": 1, "true": 3, "covered": 2, "words": 8}
    assert grade.value == pytest.approx(2 * (3 / 4) * (2 / 3) / (3 / 4 + 2 / 3))
    assert grade.answer == "cup, dog, person"


def test_every_naming_is_a_step_that_ends_with_its_word_and_is_right_where_the_object_is():
    grade = objects_named(LEXICON)(shown("person", "dog", "knife"), "A man, a dog, another dog, a cup.")
    assert grade.steps == ((5, 1.0), (12, 1.0), (25, 1.0), (32, 0.0))


def test_a_fact_may_name_a_synonym():
    assert objects_named(LEXICON)(shown("child"), "a man").counts["hallucinated"] == 0


def test_as_a_reward_silence_an_echo_and_a_list_of_everything_pay_less_than_the_truth():
    grade, record = objects_named(LEXICON), shown("person", "dog")
    everything = ", ".join(group[0] for group in GROUPS)
    assert grade(record, "A man and a dog.").value == 1.0
    assert grade(record, "").value == grade(record, "Describe this image.").value == 0.0
    assert grade(record, everything).value < grade(record, "A man.").value


def test_without_known_objects_nothing_is_scored():
    grade = objects_named(LEXICON)(shown(), "a dog")
    assert grade.value is None and "no facts of kind object" in grade.why


def test_a_word_of_two_classes_is_refused_with_its_line():
    with pytest.raises(ValueError, match="line 2: 'seat' already means 'chair'"):
        lexicon_of([["chair", "seat"], ["sofa", "seat"]])


def test_a_synonyms_file_is_read_as_published(tmp_path):
    # the double space is part of the entry, so " motor bike" is never found, and "bike" is not found inside it
    file = tmp_path / "synonyms.txt"
    file.write_text("bicycle, bike\nmotorcycle,  motor bike, moped\ncup\n")
    assert [mention.name for mention in read_lexicon(file).mentions("a motor bike, a moped, a bike")] == ["motorcycle", "bicycle"]
    assert objects(str(file))(shown("cup"), "a cup").value == 1.0


def test_a_missing_or_empty_synonyms_file_is_named(tmp_path):
    with pytest.raises(ValueError, match="absent.txt: no such file"):
        read_lexicon(tmp_path / "absent.txt")
    (tmp_path / "empty.txt").write_text("\n")
    with pytest.raises(ValueError, match="empty.txt: holds no classes"):
        read_lexicon(tmp_path / "empty.txt")


def test_graders_are_found_by_their_return_type():
    assert {"objects", "objects_named", "yes_no", "amber_caption"} <= set(graders())
