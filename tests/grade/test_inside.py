"""JSON in a judge's words."""

from veridical.grade.judging.inside import values


def test_values_come_by_their_beginning_with_or_without_those_inside_others():
    text = 'first {"a": {"b": 1}} then {broken} and {"c": [2, [3]]}'
    assert list(values(text, "{")) == [{"a": {"b": 1}}, {"b": 1}, {"c": [2, [3]]}]
    assert list(values(text, "{", nested=False)) == [{"a": {"b": 1}}, {"c": [2, [3]]}]
    assert list(values(text, "[")) == [[2, [3]], [3]] and list(values("{" * 9, "{")) == []
