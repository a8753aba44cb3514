"""The default of a flow's parameter is converted like a given value."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import pytest
from pydantic import BaseModel, Field

from holdfast import flow
from holdfast.exceptions import ParameterError
from holdfast.values.json_text import FromJson


class Model(BaseModel):
    x: int


def returned(function, **settings):
    return flow(**settings)(function)()


def model(m: Model = {"x": 1}):  # type: ignore[assignment]  # noqa: B006
    return m


def many(*rest: int, day: date = "2026-01-31", where: Path = "a/b"):  # type: ignore[assignment]
    return rest, day, where


def before(first: int = "1", /, second: float = 2, *, third: Annotated[int, Field(ge=3)] = "3"):  # type: ignore[assignment]
    return first, second, third


def test_a_mapping_becomes_a_model():
    assert returned(model) == Model(x=1)


def test_every_kind_of_parameter_is_converted():
    assert returned(many) == ((), date(2026, 1, 31), Path("a/b"))
    assert returned(before) == (1, 2.0, 3)


def test_given_values_go_over_defaults():
    assert flow(before)("7", third=8) == (7, 2.0, 8)
    assert flow(many)("1", "2", day="2026-02-01") == ((1, 2), date(2026, 2, 1), Path("a/b"))


def test_a_flow_that_forgoes_validation_gets_them_as_they_are():
    assert returned(model, validate_parameters=False) == {"x": 1}


def test_a_default_that_does_not_fit_is_named():
    def wrong(n: int = "many"):  # type: ignore[assignment]
        return n

    with pytest.raises(ParameterError, match=r"n: .*valid integer.*many"):
        returned(wrong)


def test_none_stays_none_where_the_annotation_forgets_it():
    def forgetful(text: str = None, m: Model = None):  # type: ignore[assignment]  # noqa: RUF013
        return text, m

    assert returned(forgetful) == (None, None)


def test_a_fields_own_default_and_factory_are_respected():
    def fields(a: int = Field(3), b: list[int] = Field(default_factory=lambda: [1])):  # noqa: B008
        return a, b

    assert returned(fields) == (3, [1])


def test_each_call_gets_a_default_of_its_own():
    def collects(into: list[int] = []):  # noqa: B006
        into.append(1)
        return into

    assert [flow(collects)(), flow(collects)()] == [[1], [1]]


def test_a_deployments_run_gets_them_converted_too():
    assert flow(model).validate((), FromJson()) == {"m": Model(x=1)}
    assert flow(many).validate((), FromJson(day="2026-02-01"))["where"] == Path("a/b")


def test_a_methods_defaults_are_converted():
    class Shop:
        @flow
        def opens(self, m: Model = {"x": 2}):  # type: ignore[assignment]  # noqa: B006
            return m

    assert Shop().opens() == Model(x=2)
