"""``holdfast keys``."""

from __future__ import annotations

from typing import Annotated

import typer

from holdfast import as_json
from holdfast.cli import output
from holdfast_tui.user import keymap


def keys(
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    toml: Annotated[bool, typer.Option("--toml", help="Print a keymap file with the current keys.")] = False,
) -> None:
    """List the app's keys, with the ids by which a keymap file can change them."""
    own, wrong = keymap.read(keymap.file())
    for sentence in wrong:
        output.complain(sentence)
    rows = [(each, own.get(each.id, each.keys).split(",")) for each in keymap.load_all()]
    if json:
        found = [
            {"id": each.id, "keys": keys, "usual": each.keys.split(","), "name": each.name, "about": each.about}
            for each, keys in rows
        ]
        return output.say(as_json.dump({"file": str(keymap.file()), "keys": found}))
    if toml:
        for each, keys in rows:
            output.say(f'"{each.id}" = "{", ".join(keys)}"'.ljust(44) + f"  # {each.about or each.name}")
        return None
    lines = output.table(("Id", "Keys", "What"), [(each.id, " ".join(keys), each.about) for each, keys in rows], [2])
    for line in lines:
        output.say(line)
    return output.note(f"To change keys, write them into {keymap.file()}.")
