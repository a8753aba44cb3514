"""However the process was started, its run goes on with what it finished, and values are of the classes of its code."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import zipfile

import pytest

from holdfast.engine import actions
from holdfast.store import queries

FLOW = """
from helpers import note
from holdfast import flow, suspend_flow_run, task

class Thing:
    pass

@task
def make(number):
    note("make")
    return Thing()

@flow
def main():
    made = make(1)
    suspend_flow_run()
    return isinstance(made, Thing)
"""
GUARDED = FLOW + '\nif __name__ == "__main__":\n    main()\n'


def start(bench, *arguments, cwd=None, given=None, path=()):
    done = subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=cwd or bench.folder,
        capture_output=True,
        text=True,
        timeout=120,
        input=given,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, path))},
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return done


def goes_on(bench):
    assert bench.state().name == "Suspended"
    bench.answer_and_work()
    assert bench.state().is_completed(), bench.log()
    assert bench.result() is True
    assert bench.ran == ["make"]
    assert "finished calls reused: 1, calls made: 0" in bench.log()


@pytest.mark.parametrize("method", ["spawn", "forkserver", "fork"])
def test_a_process_that_multiprocessing_started(bench, method):
    tail = f"""
        if __name__ == "__main__":
            import multiprocessing
            process = multiprocessing.get_context("{method}").Process(target=main)
            process.start()
            process.join()
    """
    start(bench, bench.write(FLOW + textwrap.dedent(tail)))
    goes_on(bench)


@pytest.mark.parametrize(
    "tool", ["cProfile", "profile", "trace --count -C .", "pdb -c continue -c quit", "coverage run"]
)
def test_a_script_that_a_tool_runs(bench, tool):
    bench.write(GUARDED)
    start(bench, "-m", *tool.split(), "program.py", given="continue\nquit\n")
    goes_on(bench)


def test_a_module_that_the_debugger_runs(bench):
    bench.write("", "pkg/__init__.py")
    bench.write(GUARDED, "pkg/tool.py")
    start(bench, *["-m", "pdb", "-c", "continue", "-c", "quit", "-m", "pkg.tool"], given="quit\n")
    goes_on(bench)


NO_MODULE_ANY_MORE = {
    "a path that was run": "found = runpy.run_path(os.path.abspath('program.py'))",
    "a path that was run under its name": "found = runpy.run_path('program.py', run_name='program')",
    "a file that was executed without a module": (
        "spec = importlib.util.spec_from_file_location('whatever', 'program.py')\n"
        "module = importlib.util.module_from_spec(spec)\n"
        "spec.loader.exec_module(module)\n"
        "found = vars(module)"
    ),
    "a module that was taken away": "import program\nfound = vars(sys.modules.pop('program'))",
    "a module that lost its name": "import program\nfound = vars(sys.modules.pop('program'))\ndel found['__name__']",
}


@pytest.mark.parametrize("load", NO_MODULE_ANY_MORE.values(), ids=NO_MODULE_ANY_MORE)
def test_code_that_is_in_no_module_any_more_when_its_flow_is_called(bench, load):
    bench.write(FLOW)
    start(bench, bench.write(f"import importlib.util, os, runpy, sys\n{load}\nfound['main']()\n", "starter.py"))
    goes_on(bench)


@pytest.mark.parametrize("name", ["__main__", "elsewhere"])
def test_a_script_that_runpy_runs_and_that_changes_its_folder(bench, name):
    bench.write(FLOW + f"\nimport os\nos.chdir('/')\nif __name__ == {name!r}:\n    main()\n")
    start(bench, bench.write(f"import runpy\nrunpy.run_path('program.py', run_name={name!r})\n", "starter.py"))
    goes_on(bench)


@pytest.mark.parametrize("mode", ["prepend", "importlib"])
def test_a_test_runner(bench, mode):
    tail = """
        def test_it():
            try:
                main()
            except SystemExit:
                assert Thing
    """
    bench.write(FLOW + textwrap.dedent(tail), "tests/unit/test_it.py")
    bench.write("", "tests/unit/__init__.py")
    options = f"--import-mode={mode} -q -p no:cacheprovider -p no:randomly --rootdir".split()
    start(bench, "-m", "pytest", *options, bench.folder, "tests", path=[bench.folder])
    goes_on(bench)


def test_a_file_without_an_ending(bench):
    start(bench, bench.write(GUARDED, "my tool"))
    goes_on(bench)


def test_a_file_with_the_name_of_a_module_of_python(bench):
    start(bench, bench.write(GUARDED.replace("from helpers", "import sys\nfrom helpers"), "colorsys.py"))
    bench.write((bench.folder / "colorsys.py").read_text(), "colorsys.py")
    goes_on(bench)


def test_files_with_the_names_of_modules_that_a_worker_needs(bench):
    names = ("holdfast.py", "json.py", "random.py")
    for name in names:
        bench.write(FLOW, name)
    for name in names:
        start(bench, "-P", "-m", "holdfast", "run", name)
    runs = queries.list_flow_runs(bench.db)
    worker = bench.worker()
    for run in runs:
        actions.resume(bench.db, run.id, channel="python")
    bench.feed.until_state("Completed", nth=len(names))
    worker.signal(signal.SIGTERM)
    assert worker.wait() == 0
    assert bench.ran == ["make"] * len(names)
    assert "Error" not in worker.err


def test_an_archive_that_can_be_executed(bench):
    (bench.folder / "elsewhere").mkdir()
    with zipfile.ZipFile(bench.folder / "app.pyz", "w") as archive:
        archive.writestr("__main__.py", GUARDED)
    start(bench, "../app.pyz", cwd=bench.folder / "elsewhere", path=[bench.folder])
    goes_on(bench)


def test_a_package_in_an_archive(bench):
    with zipfile.ZipFile(bench.folder / "app.pyz", "w") as archive:
        archive.writestr("__main__.py", "import os\nfrom pkg.flows import main\nos.chdir('/')\nmain()\n")
        archive.writestr("pkg/__init__.py", "")
        archive.writestr("pkg/flows.py", FLOW)
    start(bench, "app.pyz", path=[bench.folder])
    goes_on(bench)


def test_a_folder_that_can_be_executed(bench):
    bench.write(GUARDED, "app/__main__.py")
    start(bench, "app", path=[bench.folder])
    goes_on(bench)


def test_a_command_that_a_package_installs(bench):
    bench.write("", "lib/pkg/__init__.py")
    bench.write(FLOW, "lib/pkg/cli.py")
    script = bench.write("import sys\nfrom pkg.cli import main\nsys.exit(main())\n", "bin/tool")
    start(bench, script, path=[bench.folder / "lib", bench.folder])
    assert queries.get_origin(bench.db, bench.root().id).entrypoint == "pkg.cli:main"
    goes_on(bench)


def test_a_file_that_a_program_executes_itself(bench):
    path = bench.write(FLOW)
    code = f"namespace = {{}}\nexec(compile(open({str(path)!r}).read(), {str(path)!r}, 'exec'), namespace)\n"
    start(bench, bench.write(code + "namespace['main']()\n", "starter.py"))
    goes_on(bench)


@pytest.mark.skipif(sys.platform != "linux", reason="Only Linux tells which file it is")
@pytest.mark.parametrize("name", ["/dev/stdin", "/proc/self/fd/0"])
def test_a_file_that_only_the_process_has_by_this_name(bench, name):
    path = bench.write(GUARDED)
    with path.open() as given:
        started = subprocess.run(
            [sys.executable, name],
            cwd=bench.folder,
            stdin=given,
            capture_output=True,
            text=True,
            timeout=120,
            env={**os.environ, "PYTHONPATH": str(bench.folder)},
        )
    assert started.returncode == 0, started.stderr
    assert queries.get_origin(bench.db, bench.root().id).entrypoint == f"{path}:main"
    goes_on(bench)


REFUSED = {
    "-c": (["-c", FLOW + "main()"], None, "not in a file or module"),
    "standard input": (["-"], FLOW + "main()", "not in a file or module"),
    "standard input by its name": (["/dev/stdin"], FLOW + "main()", "not in a file or module"),
    "text that is executed": (
        ["-c", f"exec({FLOW!r}, space := {{}})\nspace['main']()"],
        None,
        "not in a file or module",
    ),
    "a notebook": (
        ["-c", f"exec(compile({FLOW!r}, '/tmp/ipykernel_1/2.py', 'exec'))\nmain()"],
        None,
        "in a notebook or shell",
    ),
}


@pytest.mark.parametrize(("arguments", "given", "why"), REFUSED.values(), ids=REFUSED)
def test_code_in_no_file_is_not_suspended_and_the_reason_is_given(bench, arguments, given, why):
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=bench.folder,
        capture_output=True,
        text=True,
        timeout=120,
        input=given,
        env={**os.environ, "PYTHONPATH": str(bench.folder)},
    )
    assert done.returncode == 1
    assert "cannot be suspended: its flow is " + why in done.stderr.splitlines()[-1]
    assert bench.state().is_failed()


TYPED = """
@flow
def {name}():
    make(1)
    suspend_flow_run()
    note("typed")

{name}()
"""


def in_session(bench, text):
    """Type a text into a session with the globals of the program, as `code.interact` or a debugger begins one."""
    session = f"code.InteractiveConsole(globals()).runcode(compile({text!r}, '<console>', 'exec'))"
    bench.write(f"{FLOW}\nif __name__ == '__main__':\n    import code\n    {session}\n")
    return subprocess.run(
        [sys.executable, "program.py"], cwd=bench.folder, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.parametrize("name", ["other", "main"])
def test_a_flow_that_is_typed_into_a_session_with_the_globals_of_a_file_is_not_suspended(bench, name):
    done = in_session(bench, TYPED.format(name=name))
    why = f"its flow was typed into a session and is not in {bench.folder / 'program.py'}"
    assert why in done.stderr.splitlines()[-1]
    assert bench.state().is_failed()


def test_a_flow_of_the_file_with_options_that_are_typed_into_a_session_goes_on(bench):
    done = in_session(bench, "other = main.with_options(retries=1)\nother()\n")
    assert "SuspensionError" not in done.stderr
    goes_on(bench)


def test_an_interactive_session_after_a_script_knows_the_classes_of_the_script(bench):
    bench.write(FLOW)
    start(bench, "-i", "program.py", given="main()\n")
    assert "The result" not in bench.log()
    goes_on(bench)


def test_what_a_spawned_process_stored_is_of_the_scripts_class_in_the_script(bench):
    tail = """
        if __name__ == "__main__":
            import json, multiprocessing, sys
            from holdfast import get_flow_run, list_flow_runs
            process = multiprocessing.get_context("spawn").Process(target=whole)
            process.start()
            process.join()
            (run,) = list_flow_runs()
            print(json.dumps(type(run.state.result()) is Thing))
    """
    code = FLOW + "\n@flow\ndef whole():\n    return make(1)\n" + textwrap.dedent(tail)
    done = start(bench, bench.write(code))
    assert json.loads(done.stdout.splitlines()[-1]) is True
