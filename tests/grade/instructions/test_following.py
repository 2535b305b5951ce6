"""Every kind of instruction: what follows it, what does not, and the traps of the published checks."""

import pytest

from veridical.grade.grade import NotInstalled
from veridical.grade.instructions import instructions
from veridical.grade.instructions.instruction import Tools, expected
from veridical.grade.instructions.language import told
from veridical.grade.instructions.pieces import pieces
from veridical.grade.instructions.sentences import counted
from veridical.grade.instructions.tools import tools

OWN = Tools(told, counted)
CASES = {
    ("keywords:existence", ("cat", "dog")): (["A CAT and a dogma."], ["A cat."]),
    ("keywords:frequency", ("cat", 2, "at least")): (["cat concatenate"], ["cat"]),
    ("keywords:frequency", ("cat", 2, "less than")): (["cat"], ["Cat cat"]),
    ("keywords:forbidden_words", ("cat",)): (["concatenate"], ["Cat."]),
    ("keywords:letter_frequency", ("A", 2, "at least")): (["Aa"], ["b a"]),
    ("keywords:letter_frequency", ("#", 2, "at least")): (["# #"], ["#"]),
    ("length_constraints:number_words", (3, "at least")): (["don't go"], ["do-go", "!!!"]),
    ("length_constraints:number_sentences", (3, "less than")): (["One. Two!"], ["One. Two! Three?"]),
    ("length_constraints:number_paragraphs", (2,)): (["a *** b", "***a***b***", "a\n***\nb"], ["a", "a *** *** b"]),
    ("length_constraints:nth_paragraph_first_word", (2, 2, "hello")): (["one\n\nHello, you", "one\n\n'hello' said"], ["hello\n\none", "one\n\nhello\n\nthree", "one\n\n\n\nhello", "one"]),
    ("detectable_content:number_placeholders", (2,)): (["[a] [b c]"], ["[a\nb] [c]"]),
    ("detectable_content:postscript", ("P.S.",)): (["x\np.s. y", "P. S. y"], ["PS: y"]),
    ("detectable_content:postscript", ("P.P.S",)): (["p.p. s"], ["P.S."]),
    ("detectable_content:postscript", ("PS",)): (["maps"], ["p.s."]),
    ("detectable_format:number_bullet_lists", (2,)): (["* a\n- b", "* a\n  * b", "* a\n---"], ["* a", "** a\n* b"]),
    ("detectable_format:number_highlighted_sections", (2,)): (["*a* *b*", "**a** *b*"], ["*a*", "* *\n**", "**"]),
    ("detectable_format:multiple_sections", ("Section", 2)): (["Section 1 a Section 2 b", "Section1Section2"], ["Section 1", "SECTION 1 SECTION 2"]),
    ("detectable_format:title", ()): (["<<a>>", "x <<a b>> y"], ["<<>>", "<< >>", "<<a\nb>>"]),
    ("detectable_format:json_format", ()): (['{"a": 1}', "```json\n[1]\n```", "3"], ["{a: 1}", "```python\n[1]\n```", '{"a": 1} x']),
    ("detectable_format:constrained_response", ()): (["So: My answer is no. Really."], ["my answer is no.", "My answer is no"]),
    ("combination:two_responses", ()): (["a******b", "******a******b******"], ["a", "a******a", "a************b", "a******b******c"]),
    ("combination:repeat_prompt", ("Say it.",)): (["say IT. Yes."], ["I say it."]),
    ("startend:end_checker", ("The end",)): (['"It is the END"', "the end\n"], ["the end."]),
    ("startend:quotation", ()): (['"a"', '  "a" \n', '""'], ['"', "“a”", 'a"']),
    ("punctuation:no_comma", ()): (["a、b"], ["a,b"]),
    ("language:response_language", ("de",)): (["Das ist nicht so, und wir sind hier.", "123 !"], ["This is not so and we are here."]),
    ("change_case:english_capital", ()): (["THE CAT IS ON THE MAT"], ["The CAT", "DAS IST NICHT DIE KATZE UND", "123"]),
    ("change_case:english_lowercase", ()): (["the cat is on the mat"], ["The cat", "das ist nicht die katze und"]),
    ("change_case:capital_word_frequency", (3, "at least")): (["I DON'T know", "A B C"], ["I DO know", "WELL-KNOWN X"]),
}  # fmt: skip


def given(name, values):
    """Arguments by name; a keyword list takes all of the values."""
    takes = list(instructions()[name].takes)
    return {takes[0]: list(values)} if takes and takes[0] in ("keywords", "forbidden_words") else dict(zip(takes, values))


@pytest.mark.parametrize(("asked", "said"), CASES.items(), ids=lambda value: str(value)[:50])
def test_an_instruction_is_followed_or_not(asked, said):
    instruction, arguments = instructions()[asked[0]], given(*asked)
    assert expected(instruction, arguments) == ""
    assert [instruction.followed(one, arguments, OWN) for one in said[0]] == [True] * len(said[0])
    assert [instruction.followed(one, arguments, OWN) for one in said[1]] == [False] * len(said[1])


def test_all_25_kinds_are_there_and_tried():
    assert len(instructions()) == 25 and {name for name, _ in CASES} == {*instructions()}


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("length_constraints:number_words", {"num_words": "3", "relation": "at least"}, "num_words: expected a whole number, found '3'"),
        ("length_constraints:number_words", {"num_words": 3, "relation": "at most"}, "relation: expected less than or at least, found 'at most'"),
        ("keywords:existence", {"keywords": "cat"}, "keywords: expected a list of texts, found 'cat'"),
        ("keywords:frequency", {"keyword": "(", "frequency": 1, "relation": "at least"}, "keyword: expected text that is a regular expression, found '('"),
        ("length_constraints:nth_paragraph_first_word", {"num_paragraphs": 2, "nth_paragraph": 0, "first_word": "a"}, "nth_paragraph: expected a number from 1, found 0"),
        ("startend:end_checker", {}, "end_phrase: expected text, found None"),
    ],
)
def test_a_wrong_argument_is_named(name, arguments, message):
    assert expected(instructions()[name], arguments) == message


def test_words_are_split_as_the_treebank_splits_them():
    assert pieces("I CAN'T, you'll. GONNA \"NO\" (FBI) 3:15 A:B U.S.") == ["I", "CA", "N'T", ",", "you", "'ll", ".", "GON", "NA", '"', "NO", '"', "(", "FBI", ")", "3:15", "A", ":", "B", "U.S."]


@pytest.mark.parametrize(
    ("text", "count"),
    [("One. Two.", 2), ("Dr. Smith came. He left.", 2), ("Is it? Yes! No", 3), ("wait... and see", 1), ("Wait... Then go", 2), ("It is 3.5 m long.", 1), ("He said \"No.\" She left.", 2), ("e.g. this", 1), ("", 0), ("\n", 0)],
)
def test_sentences_by_the_rule(text, count):
    assert counted(text) == count


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("The cat is on the mat and it is happy.", "en"), ("El gato está en la casa y es muy feliz.", "es"), ("O gato não está na casa, mas é feliz.", "pt"), ("Le chat est dans la maison et il dort.", "fr"),
        ("Il gatto è nella casa e non dorme.", "it"), ("Kot nie jest w domu i to jest źle.", "pl"), ("Con mèo không có trong nhà và đã đi.", "vi"), ("Paka ni wa kwangu na yuko katika nyumba ya mtu.", "sw"),
        ("Kissa ei ole talossa, mutta se on iloinen.", "fi"), ("Кошка не в доме, но это хорошо.", "ru"), ("Котката не е в къщата и това е добре.", "bg"), ("Кішка не в домі, але це добре.", "uk"),
        ("القط ليس في البيت على كل حال", "ar"), ("این گربه در خانه است و می خوابد", "fa"), ("بلی گھر میں ہے اور سو رہی ہے", "ur"), ("बिल्ली घर में है और सो रही है", "hi"), ("मांजर घरात आहे आणि झोपले आहे", "mr"),
        ("बिरालो घरमा छ र सुतेको छ", "ne"), ("বিড়াল ঘরে আছে", "bn"), ("แมวอยู่ในบ้าน", "th"), ("고양이가 집에 있다", "ko"), ("猫は家にいます", "ja"), ("猫在家里", "zh-cn"), ("12 + 3 = 15", None),
    ],
)  # fmt: skip
def test_languages_by_script_and_words(text, code):
    assert told(text) == code


def test_a_tool_that_nothing_uses_need_not_be_there_and_an_unknown_one_is_named():
    assert tools("langdetect", "punkt", set()).sentences is not counted
    with pytest.raises(ValueError, match="sentences: unknown tool 'nltk'; there are punkt, rule"):
        tools("words", "nltk", set())


def test_a_missing_package_says_how_to_install_it_and_what_needs_nothing(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "langdetect", None)
    monkeypatch.setitem(sys.modules, "nltk.tokenize.punkt", None)
    with pytest.raises(NotInstalled, match="pip install langdetect; or choose language=words"):
        tools("langdetect", "rule", {"language"})
    with pytest.raises(NotInstalled, match="pip install nltk .*; or choose sentences=rule"):
        tools("words", "punkt", {"sentences"})
