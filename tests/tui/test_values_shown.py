"""Values are shown as exact JSON, as the command line prints them."""

import math
from decimal import Decimal

from holdfast.forms.field_words import label_of
from holdfast_tui.text.cells import as_lines
from holdfast_tui.widgets.panes import _answer_lines


def test_each_digit_of_a_number_is_shown_and_infinities_as_they_are_written():
    value = {"price": Decimal("0.30000000000000000000"), "most": math.inf, "big": 10**30, "rows": [Decimal("1.10")]}
    assert as_lines(value) == [
        "price: 0.30000000000000000000",
        'most: "Infinity"',
        f"big: {10**30}",
        "rows: [1.10]",
    ]
    assert _answer_lines({"value": Decimal("1.10")}) == ["1.10"]
    assert label_of(Decimal("1.10")) == "1.10"


def test_what_a_terminal_hides_is_spelled_out():
    assert as_lines({"name": "a\u202eb\x1b[31m"}) == ['name: "a\\u202eb\\u001b[31m"']
