"""Values of numpy, pandas and Arrow as inputs and results: equal after they are stored, different if they differ."""

from __future__ import annotations

import pickle

import pytest

from holdfast.engine import results
from holdfast.engine.code.call_identity import digest

np = pytest.importorskip("numpy")
pd = pytest.importorskip("pandas")
pa = pytest.importorskip("pyarrow")


def days(zone=None, frequency="D", name=None):
    return pd.date_range("2024-01-01", periods=3, freq=frequency, tz=zone, name=name)


def records(number):
    return np.array([(1, 2.0, "a"), (2, number, "b")], dtype=[("x", "i4"), ("y", "f8"), ("z", "U3")])


def looked_at(index):
    """The same after what it remembers about itself has been asked for."""
    assert index.is_unique
    assert not index.hasnans
    assert index.get_loc(index[0]) == 0
    return index


PAIRS = {
    "index of times": (lambda: days(), lambda: days(frequency="2D")),
    "index of times that was looked at": (lambda: looked_at(days("UTC")), lambda: looked_at(days())),
    "time zone of an index": (lambda: days("Europe/Berlin"), lambda: days("Europe/Paris")),
    "name of an index": (lambda: days(name="a"), lambda: days(name="b")),
    "times without a frequency": (
        lambda: pd.DatetimeIndex(["2024-01-01", "2024-01-05"]),
        lambda: pd.DatetimeIndex(["2024-01-01", "2024-01-06"]),
    ),
    "time zone of a series": (lambda: pd.Series(days("UTC")), lambda: pd.Series(days("Europe/Berlin"))),
    "index of a frame": (
        lambda: pd.DataFrame({"a": [1, 2, 3]}, index=days("UTC")),
        lambda: pd.DataFrame({"a": [1, 2, 3]}, index=days("UTC") + pd.Timedelta("1s")),
    ),
    "types of columns": (lambda: pd.DataFrame({"a": [1, 2]}), lambda: pd.DataFrame({"a": [1.0, 2.0]})),
    "order of columns": (lambda: pd.DataFrame({"a": [1], "b": [2]}), lambda: pd.DataFrame({"b": [2], "a": [1]})),
    "texts": (lambda: pd.Series(["a", "b"]), lambda: pd.Series(["a", "c"])),
    "missing texts": (lambda: pd.Series(["a", None]), lambda: pd.Series(["a", "None"])),
    "categories": (
        lambda: pd.Categorical(["a", "b"], categories=["a", "b"]),
        lambda: pd.Categorical(["a", "b"], categories=["a", "b", "c"]),
    ),
    "categories in order": (
        lambda: pd.Categorical(["a", "b"], ordered=True),
        lambda: pd.Categorical(["a", "b"], ordered=False),
    ),
    "column of categories": (
        lambda: pd.Series(["a", "b"], dtype="category"),
        lambda: pd.Series(["a", "c"], dtype="category"),
    ),
    "several levels": (
        lambda: pd.MultiIndex.from_product([[1, 2], ["a", "b"]]),
        lambda: pd.MultiIndex.from_product([[1, 2], ["a", "c"]]),
    ),
    "periods": (
        lambda: pd.period_range("2024", periods=3, freq="M"),
        lambda: pd.period_range("2024", periods=3, freq="Q"),
    ),
    "numbers that may be missing": (
        lambda: pd.Series([1, None], dtype="Int64"),
        lambda: pd.Series([1, 2], dtype="Int64"),
    ),
    "records": (lambda: records(3.0), lambda: records(4.0)),
    "names of records": (lambda: np.zeros(2, dtype=[("x", "i4")]), lambda: np.zeros(2, dtype=[("y", "i4")])),
    "masks": (lambda: np.ma.array([1, 2], mask=[0, 1]), lambda: np.ma.array([1, 2], mask=[0, 0])),
    "no mask": (lambda: np.ma.array([1, 2]), lambda: np.ma.array([1, 3])),
    "times": (lambda: np.array(["2024-01-01"], dtype="M8[D]"), lambda: np.array(["2024-01-01"], dtype="M8[s]")),
    "tables of Arrow": (lambda: pa.table({"a": [1, 2]}), lambda: pa.table({"a": [1, 3]})),
    "missing values of Arrow": (lambda: pa.array(["a", None]), lambda: pa.array(["a", ""])),
    "nested values of Arrow": (lambda: pa.array([{"x": ["a"]}]), lambda: pa.array([{"x": ["b"]}])),
}


@pytest.mark.parametrize(("one", "other"), PAIRS.values(), ids=PAIRS.keys())
def test_they_are_equal_whenever_they_are_made_and_read_back_and_differ_if_they_differ(one, other):
    made = digest({"x": one()})
    assert made is not None
    assert digest({"x": one()}) == made
    assert digest({"x": pickle.loads(pickle.dumps(one()))}) == made
    assert digest({"x": other()}) != made
    stored = results.encoded(one())
    assert stored.doubt is None
    assert digest({"x": results.decode(stored.body)}) == made
    assert digest({"x": results.decode(results.encode(other()))}) != made
