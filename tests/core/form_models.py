"""What the tests of the form's state share: models, and forms of them."""

import enum
from typing import Any, Literal

from pydantic import (
    BaseModel,
    Field,
)

from holdfast.forms.fields import MISSING
from holdfast.forms.model import FormModel
from holdfast.values.asked_schema import AskedSchema


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Bank(BaseModel):
    """Pay by bank transfer."""

    method: Literal["bank"] = "bank"
    iban: str


class Card(BaseModel):
    method: Literal["card"] = "card"
    number: int


class Person(BaseModel):
    name: str
    age: int = Field(ge=0, le=150)


def form(annotation: Any, initial: Any = MISSING, **info: Any) -> FormModel:
    """A form whose one field, x, has this annotation."""
    model: Any = type(
        "Form",
        (BaseModel,),
        {"__annotations__": {"x": annotation}, **({"x": Field(**info)} if info else {})},
    )
    return FormModel(
        model.model_json_schema(schema_generator=AskedSchema), None if initial is MISSING else {"x": initial}
    )


def x(made: FormModel) -> Any:
    """The node of that field; of a union, the union itself."""
    return made.root.children[0]


def typed(made: FormModel, text: str) -> FormModel:
    x(made).text = text
    return made
