"""``holdfast doctor``."""

import os

import pytest

from holdfast import settings
from holdfast.store import queries
from holdfast.store.database import close_all, default


def by_name(result):
    return {each["check"]: each for each in result.json}


def test_all_is_well_with_a_database_in_use(call, invoke):
    call("greet")
    call("parked")

    result = invoke("doctor")

    assert result.code == 0
    assert "1 paused, 1 completed; 1 open wait" in result.out
    assert "SQLite 3." in result.out
    assert "textual" in result.out
    assert all(line.startswith("ok") for line in result.out.splitlines())


def test_a_database_that_is_not_there_yet_is_not_made(invoke, tmp_path):
    result = invoke("doctor")

    assert result.code == 0
    assert "will be created when the first flow runs" in result.out
    assert not (tmp_path / "home").exists()


def test_a_variable_that_is_a_slip_of_a_setting_is_told(invoke, monkeypatch):
    monkeypatch.setenv("HOLDFAST_USR", "Ana")

    result = invoke("doctor")

    assert result.code == 1
    assert "There is no setting HOLDFAST_USR; did you mean HOLDFAST_USER?" in result.out


def test_as_json_checks_are_an_array(call, invoke):
    call("greet")

    checks = by_name(invoke("doctor", "--json"))

    assert checks.keys() >= {"database", "permissions", "flow runs", "versions", "you", "terminal"}
    assert all(each["ok"] for each in checks.values())
    assert checks["you"]["detail"].startswith("tester")


def test_scheduled_runs_without_a_worker_are_told(call, invoke):
    call("parked")
    (run,) = queries.list_flow_runs(default())
    invoke("resume", run.name, "-i", "approve=yes")

    result = invoke("doctor", "--json")

    check = by_name(result)["workers"]
    assert (result.code, check["ok"]) == (1, False)
    assert check["detail"] == "none alive, and 1 scheduled run waits for one"


def test_a_database_open_to_others_is_told_with_its_remedy(call, invoke, tmp_path):
    call("greet")
    file = tmp_path / "home" / "holdfast.db"
    file.chmod(0o644)

    result = invoke("doctor", "--json")

    check = by_name(result)["permissions"]
    assert (result.code, check["ok"]) == (1, False)
    assert check["remedy"] == f"chmod go-rwx {file}"


def test_a_file_that_is_no_database_is_told(invoke, monkeypatch, tmp_path):
    file = tmp_path / "notes.txt"
    file.write_text("not a database, but long enough to look at" * 100)
    monkeypatch.setenv("HOLDFAST_DB", str(file))

    result = invoke("doctor")

    assert result.code == 1
    assert result.out.startswith(f"fail  database     {file} is not a Holdfast database")


def test_a_setting_that_makes_no_sense_is_told(invoke, monkeypatch):
    monkeypatch.setenv("HOLDFAST_DB", "postgresql://elsewhere")

    assert invoke("doctor").code == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_to_is_told(invoke, monkeypatch, tmp_path):
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)
    monkeypatch.setenv("HOLDFAST_DB", str(folder / "deep" / "holdfast.db"))

    result = invoke("doctor")

    assert result.code == 1
    assert f"cannot be created in {folder}: Permission denied" in result.out


def test_a_full_disk_is_told_before_there_is_a_database(invoke, monkeypatch, small_disk):
    monkeypatch.setenv("HOLDFAST_DB", str(small_disk.folder / "deep" / "holdfast.db"))
    small_disk.fill()

    result = invoke("doctor")

    assert result.code == 1
    assert f"cannot be created in {small_disk.folder}: No space left on device" in result.out


def test_a_full_disk_is_told_of_a_database_that_can_be_read(invoke, monkeypatch, small_disk):
    monkeypatch.setenv("HOLDFAST_DB", str(small_disk.folder / "holdfast.db"))
    assert invoke("ls").code == 0
    close_all()
    small_disk.fill()

    result = invoke("doctor")

    assert result.code == 1
    assert "can only be read" in result.out
    assert "the disk is full" in result.out


def test_a_backup_that_an_upgrade_made_is_told(invoke):
    assert invoke("ls").code == 0
    backup = settings.database().with_name("holdfast.db.0001.backup")
    backup.write_bytes(b"." * 2**20)

    result = invoke("doctor")

    assert f"ok    backups      {backup} (1.0 MiB)" in result.out


def test_a_terminal_without_a_type_is_told(terminal):
    screen = terminal("doctor", TERM="dumb")

    assert screen.end() == 1
    assert "Set TERM to the type of your terminal" in screen.text
