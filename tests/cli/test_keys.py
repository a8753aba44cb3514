"""``holdfast keys``, and the option that is for the app alone."""

import tomllib

import pytest


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A folder for the keymap."""
    monkeypatch.setenv("HOLDFAST_HOME", str(tmp_path))
    return tmp_path


def test_keys_are_listed_with_their_ids_and_where_to_change_them(invoke, home):
    result = invoke("keys")
    assert result.code == 0
    assert "pause" in result.out
    assert "Ask the run to pause" in result.out
    assert f"{home}/keymap.toml" in result.err


def test_keys_in_json_have_what_the_keymap_gives_them(invoke, home):
    (home / "keymap.toml").write_text('pause = "z"')
    found = invoke("keys", "--json").json
    assert found["file"] == f"{home}/keymap.toml"
    pause = next(each for each in found["keys"] if each["id"] == "pause")
    assert (pause["keys"], pause["usual"], pause["name"]) == (["z"], ["p"], "Pause")


def test_keys_in_toml_are_a_keymap(invoke, home):
    usual = invoke("keys", "--json").json["keys"]
    text = invoke("keys", "--toml").out
    assert {name: keys.split(", ") for name, keys in tomllib.loads(text).items()} == {
        each["id"]: each["keys"] for each in usual
    }
    (home / "keymap.toml").write_text(text)
    assert invoke("keys", "--json").json["keys"] == usual


def test_keymap_that_makes_no_sense_is_complained_of(invoke, home):
    (home / "keymap.toml").write_text('pause = "hyperspace"')
    result = invoke("keys")
    assert result.code == 0
    assert "there is no key 'hyperspace'" in result.err


def test_read_only_is_for_the_app(invoke):
    result = invoke("--readonly", "ls")
    assert result.code == 2
    assert "--readonly is only for the app" in result.err
