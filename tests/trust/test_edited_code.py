"""What a run is executed again with when its code was edited while it was suspended.

Parameters that fit no more hold it. What is stored of objects whose classes have got fields gets their defaults.
"""

import pytest

HEAD = """
from helpers import note
from holdfast import flow, suspend_flow_run, task
"""
MAIN = """
@flow
def main({}):
    suspend_flow_run()
    return {}

if __name__ == "__main__":
    main({})
"""


CHANGED = {
    "missing": ("new", "Held: its stored parameters no longer fit the flow: new is missing."),
    "of another type": ("old: list[int]", "old: Input should be a valid list"),
    "no longer many": ("*old", "old is *old now"),
}


@pytest.mark.parametrize(("signature", "why"), CHANGED.values(), ids=CHANGED)
def test_parameters_that_fit_no_more_hold_the_run(bench, signature, why):
    code = (
        HEAD
        + "@flow\ndef main({}):\n    suspend_flow_run()\n    return {}\n\nif __name__ == '__main__':\n    main(2)\n"
    )
    assert bench.run(bench.write(code.format("old", "old"))).returncode == 0
    bench.write(code.format(signature, "1"))
    bench.answer_and_work()
    assert bench.state().name == "Suspended"
    assert why in bench.state().message
    assert bench.state().message.endswith(f"Fix that, then run: holdfast resume {bench.root().name}")
    bench.write(code.format("old", "old"))
    bench.resume()
    bench.work()
    assert bench.result() == 2


CLASSES = """
from dataclasses import dataclass, field
from pydantic import BaseModel

class Model(BaseModel):
    x: int{model}

@dataclass
class Data:
    x: int{data}

@flow
def main(model, data: list[Data], number: {number}):
    suspend_flow_run()
    return [model.x, getattr(model, "y", 0), data[0].x, getattr(data[0], "y", 0), number]

if __name__ == "__main__":
    main(Model(x=1), [Data(2)], "3")
"""


def test_stored_parameters_get_the_defaults_of_fields_that_their_classes_have_got_since(bench):
    assert bench.run(bench.write(HEAD + CLASSES.format(model="", data="", number="str"))).returncode == 0
    since = {"model": "\n    y: list = [5]", "data": "\n    y: list = field(default_factory=list)"}
    bench.write(HEAD + CLASSES.format(**since, number="str"))
    bench.answer_and_work()
    assert bench.result() == [1, [5], 2, [], "3"], bench.log()


def test_stored_parameters_that_lack_a_field_of_their_classes_hold_the_run(bench):
    assert bench.run(bench.write(HEAD + CLASSES.format(model="", data="", number="str"))).returncode == 0
    bench.write(HEAD + CLASSES.format(model="\n    y: int", data="\n    y: int", number="str"))
    bench.answer_and_work()
    assert bench.state().name == "Suspended"
    assert "model.y is missing in the stored Model; data.0.y is missing in the stored Data" in bench.state().message


def test_a_default_of_none_that_its_annotation_does_not_say_stays_none(bench):
    code = "@flow\ndef main(name: str = None):\n    suspend_flow_run()\n    return name\n"
    assert bench.run(bench.write(HEAD + code + "\nif __name__ == '__main__':\n    main()\n")).returncode == 0
    bench.answer_and_work()
    assert (bench.state().name, bench.result()) == ("Completed", None)


def test_a_stored_parameter_becomes_what_its_annotation_says_now(bench):
    assert bench.run(bench.write(HEAD + CLASSES.format(model="", data="", number="str"))).returncode == 0
    bench.write(HEAD + CLASSES.format(model="", data="", number="int"))
    bench.answer_and_work()
    assert bench.result() == [1, 0, 2, 0, 3]


def test_a_parameter_that_was_removed_is_left_out_and_a_new_one_has_its_default(bench):
    code = (
        HEAD
        + "@flow\ndef main({}):\n    suspend_flow_run()\n    return {}\n\nif __name__ == '__main__':\n    main(2)\n"
    )
    assert bench.run(bench.write(code.format("old", "old"))).returncode == 0
    bench.write(code.format("new=5", "new"))
    bench.answer_and_work()
    assert bench.result() == 5
    assert "Its stored parameter old is left out" in bench.log()


def test_what_a_validator_made_of_a_parameter_does_not_go_through_it_again(bench):
    code = """
from typing import Annotated
from pydantic import BeforeValidator

def parse(text):
    return int(text.removeprefix("#"))

@flow
def main(number: Annotated[int, BeforeValidator(parse)]):
    suspend_flow_run()
    return number

if __name__ == "__main__":
    main("#7")
"""
    assert bench.run(bench.write(HEAD + code)).returncode == 0
    bench.answer_and_work()
    assert bench.result() == 7


KINDS = {
    "many, now one": ("*a", "1, 2", "a", "a was *a"),
    "any by name, now one": ("**k", "x=1", "k=None", "k was **k"),
    "one, now many": ("a", "(1, 2)", "*a", "a is *a now"),
    "one, now any by name": ("k", "{'x': 1}", "**k", "k is **k now"),
}


@pytest.mark.parametrize(("before", "given", "now", "why"), KINDS.values(), ids=KINDS)
def test_a_parameter_that_has_become_one_of_another_kind_holds_the_run(bench, before, given, now, why):
    assert bench.run(bench.write(HEAD + MAIN.format(before, "1", given))).returncode == 0
    bench.write(HEAD + MAIN.format(now, "1", given))
    bench.answer_and_work()
    assert bench.state().name == "Suspended"
    assert f"no longer fit the flow: {why}." in bench.state().message


AS_GIVEN = {
    "many under another name": ("*a", "1, 2", "*b", "list(b)", [1, 2]),
    "any by name under another name": ("**k", "x=1", "**m", "m", {"x": 1}),
    "one of any by name has its own now": ("**k", "x=1, y=2", "x, **k", "[x, k]", [1, {"y": 2}]),
    "one goes to any by name": ("x, y", "1, 2", "x, **k", "[x, k]", [1, {"y": 2}]),
    "none of many, now one": ("*a", "", "a=5", "a", 5),
    "none of any by name, now one": ("**k", "", "k=5", "k", 5),
    "one has the name of any by name": ("**k", "k=1", "k", "k", 1),
    "many are new": ("a", "1", "a, *b, **c", "[a, b == (), c]", [1, True, {}]),
    "one by its place alone": ("a, /, **k", "1, a=2", "a, /, **k", "[a, k]", [1, {"a": 2}]),
}


@pytest.mark.parametrize(("before", "given", "now", "gives", "result"), AS_GIVEN.values(), ids=AS_GIVEN)
def test_what_was_given_by_name_or_among_many_is_taken_so_by_other_parameters(bench, before, given, now, gives, result):
    assert bench.run(bench.write(HEAD + MAIN.format(before, "1", given))).returncode == 0
    bench.write(HEAD + MAIN.format(now, gives, given))
    bench.answer_and_work()
    assert bench.result() == result, bench.log()


RESULTS = """
from dataclasses import dataclass, field
from pydantic import BaseModel, PrivateAttr

class Model(BaseModel):
    x: int{model}

@dataclass
class Data:
    x: int{data}

@task
def charge():
    note("charged")
    return [Model(x=1), {{"deep": (Data(2),)}}]

@flow
def main():
    model, other = charge()
    suspend_flow_run()
    data = other["deep"][0]
    return [model.x, {of_model}, data.x, getattr(data, "y", 0)]

if __name__ == "__main__":
    main()
"""


def test_a_result_gets_the_defaults_of_fields_that_its_classes_have_got_since(bench):
    assert bench.run(bench.write(HEAD + RESULTS.format(model="", data="", of_model="0"))).returncode == 0
    model = "\n    y: list = [5]\n    _z: dict = PrivateAttr(default_factory=dict)"
    data = "\n    y: list = field(default_factory=list)"
    bench.write(HEAD + RESULTS.format(model=model, data=data, of_model="[model.y, model._z]"))
    bench.answer_and_work()
    assert bench.result() == [1, [[5], {}], 2, []], bench.log()
    assert bench.ran == ["charged"]


def test_a_result_that_lacks_a_field_of_its_class_is_used_as_it_is_and_the_log_says_so(bench):
    assert bench.run(bench.write(HEAD + RESULTS.format(model="", data="", of_model="0"))).returncode == 0
    bench.write(HEAD + RESULTS.format(model="", data="\n    y: int", of_model="0"))
    bench.answer_and_work()
    assert bench.result() == [1, 0, 2, 0]
    assert bench.ran == ["charged"]
    assert "charge-1 is not run again, although result.1.deep.0.y is missing in the stored Data." in bench.log()


def test_a_cached_result_that_lacks_a_field_of_its_class_is_computed_again(bench):
    code = HEAD + RESULTS.replace("@task", "@task(cache_key_fn=lambda *_: 'charge')")
    assert bench.run(bench.write(code.format(model="", data="", of_model="0"))).returncode == 0
    assert bench.run(bench.write(code.format(model="", data="\n    y: int = 0", of_model="0"))).returncode == 0
    assert bench.ran == ["charged"]
    new = code.format(model="", data="\n    y: int", of_model="0").replace("Data(2)", "Data(2, 3)")
    assert bench.run(bench.write(new)).returncode == 0
    assert bench.ran == ["charged", "charged"]


def test_a_field_that_is_set_later_or_never_does_not_hold_the_run(bench):
    code = """
from dataclasses import dataclass, field

@dataclass
class Lazy:
    x: int
    y: int = field(init=False)

@flow
def main(lazy):
    suspend_flow_run()
    return [lazy.x, hasattr(lazy, "y")]

if __name__ == "__main__":
    main(Lazy(1))
"""
    assert bench.run(bench.write(HEAD + code)).returncode == 0
    bench.answer_and_work()
    assert bench.result() == [1, False]


PAID = """
from dataclasses import dataclass, field
from pydantic import BaseModel, PrivateAttr

{order}

@task
def load():
    return Order(id=1)

@task
def charge(order):
    note("charged", order.id)

@flow
def main():
    order = load()
    charge(order)
    charge(order)
    suspend_flow_run()
    return order.note

if __name__ == "__main__":
    main()
"""
ORDERS = {
    "a model": ("class Order(BaseModel):", "note: str = 'new'\n    _seen: list = PrivateAttr(default_factory=list)"),
    "a dataclass": ("@dataclass\nclass Order:", "note: str = field(default_factory=lambda: 'new')"),
    "a dataclass with slots": ("@dataclass(slots=True)\nclass Order:", "note: str = 'new'"),
}


@pytest.mark.parametrize(("order", "new"), ORDERS.values(), ids=ORDERS)
def test_a_call_with_an_object_whose_class_has_got_a_field_is_found_again(bench, order, new):
    order += "\n    id: int"
    code = HEAD + PAID.format(order=order)
    assert bench.run(bench.write(code.replace("return order.note", "return"))).returncode == 0
    bench.write(HEAD + PAID.format(order=f"{order}\n    {new}"))
    bench.answer_and_work()
    assert (bench.result(), bench.ran) == ("new", ["charged 1", "charged 1"]), bench.log()


def test_a_call_with_another_value_in_the_new_field_is_another_call(bench):
    order = "class Order(BaseModel):\n    id: int"
    code = HEAD + PAID.format(order=order)
    assert bench.run(bench.write(code.replace("return order.note", "return"))).returncode == 0
    code = HEAD + PAID.format(order=f"{order}\n    note: str = 'new'")
    bench.write(code.replace("order = load()", "order = load()\n    order.note = 'other'"))
    bench.answer_and_work()
    assert (bench.result(), len(bench.ran)) == ("other", 4), bench.log()
