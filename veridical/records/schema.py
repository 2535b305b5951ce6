"""Column types derived from the record's own types, so that Parquet is never typed by its first rows."""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

if TYPE_CHECKING:
    from datasets import Features

PLAIN = {str: "string", int: "int64", float: "float64", bool: "bool", bytes: "large_binary"}


def features_of(kind: type[BaseModel]) -> Features:
    """The fields of a type as `datasets` features: nested types as structs, tuples as lists, `X | None` as X."""
    from datasets import Features

    return Features(struct_of(kind))


def struct_of(kind: type[BaseModel]) -> dict[str, Any]:
    """Feature by field."""
    return {name: feature_of(field.annotation) for name, field in kind.model_fields.items()}


def feature_of(annotation: Any) -> Any:
    """The feature of one annotation. TypeError for a type that Parquet should not hold (a union, a free map)."""
    from datasets import List, Value

    origin, inside = get_origin(annotation), [one for one in get_args(annotation) if one is not type(None)]
    if origin is Literal:
        return Value(PLAIN[type(inside[0])])
    if origin is tuple and len(inside) == 2 and inside[1] is Ellipsis:
        return List(feature_of(inside[0]))
    if origin in (Union, types.UnionType) and len(inside) == 1:
        return feature_of(inside[0])
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return struct_of(annotation)
    if annotation in PLAIN:
        return Value(PLAIN[annotation])
    raise TypeError(f"{annotation}: no column type; a record's field is text, a number, a flag, bytes, a record type, or a tuple of one of these")
