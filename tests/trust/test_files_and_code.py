"""Where a flow's code can live, how its script can have been started, and what becomes of it when it has gone."""

import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from holdfast.store import queries

FLOW = """
from helpers import note
from holdfast import flow, suspend_flow_run, task

class Thing:
    pass

@task
def make():
    note("make")
    return Thing()

@flow
def main():
    made = make()
    suspend_flow_run()
    return isinstance(made, Thing)
"""


def python(*arguments, cwd, executable=sys.executable):
    done = subprocess.run([str(executable), *map(str, arguments)], cwd=cwd, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done


def entrypoint(bench):
    return queries.get_origin(bench.db, bench.root().id).entrypoint


def goes_on(bench, result=True):
    bench.answer_and_work()
    assert bench.state().is_completed(), bench.log()
    assert bench.result() == result


@pytest.fixture
def package(bench):
    """A package with a flow that imports from it relatively."""
    bench.write("", "pkg/__init__.py")
    bench.write("from helpers import note\nADDED = 2\n", "pkg/parts/numbers.py")
    bench.write("", "pkg/parts/__init__.py")

    def make(tail="", init=""):
        bench.write(init, "pkg/__init__.py")
        return bench.write(
            FLOW.replace("class Thing", "from .parts.numbers import ADDED\nfrom . import parts\n\nclass Thing").replace(
                "return isinstance", "return ADDED and isinstance"
            )
            + tail,
            "pkg/flows.py",
        )

    return make


GUARDED = '\nif __name__ == "__main__":\n    main()\n'
BARE = "\nmain()\nnote('after')\n"


@pytest.mark.parametrize("tail", [GUARDED, BARE], ids=["guarded", "bare"])
def test_a_flow_in_a_script(bench, tail):
    path = bench.write(FLOW + tail)
    bench.run(path)
    assert entrypoint(bench) == f"{path}:main"
    goes_on(bench)
    assert bench.ran == ["make"]


def test_a_flow_in_a_script_that_runs_it_in_a_loop_of_its_own(bench):
    code = FLOW.replace("def main", "async def main").replace("    suspend", "    await suspend")
    bench.run(bench.write(code + "\nimport asyncio\nasyncio.run(main())\nnote('after')\n"))
    goes_on(bench)
    assert bench.ran == ["make"]


@pytest.mark.parametrize("tail", [GUARDED, BARE], ids=["guarded", "bare"])
def test_a_module_of_a_package_started_with_m(bench, package, tail):
    package(tail)
    python("-m", "pkg.flows", cwd=bench.folder)
    assert entrypoint(bench) == "pkg.flows:main"
    goes_on(bench)
    assert bench.ran == ["make"]


def test_a_module_of_a_package_that_a_script_imports(bench, package):
    package()
    bench.run(bench.write("from pkg.flows import main\nmain()\n"))
    assert entrypoint(bench) == "pkg.flows:main"
    goes_on(bench)
    assert bench.ran == ["make"]


def test_a_module_that_its_package_imports(bench, package):
    package(init="from .flows import main")
    bench.run(bench.write("from pkg import main\nmain()\n"))
    goes_on(bench)
    assert bench.ran == ["make"]


def test_the_main_module_of_a_package(bench, package):
    package()
    bench.write(FLOW + GUARDED, "pkg/__main__.py")
    python("-m", "pkg", cwd=bench.folder)
    assert entrypoint(bench) == "pkg.__main__:main"
    goes_on(bench)
    assert bench.ran == ["make"]


def test_a_module_beside_the_script(bench):
    bench.write(FLOW, "flows.py")
    bench.run(bench.write("import flows\nif __name__ == '__main__':\n    flows.main()\n"))
    assert entrypoint(bench) == f"{bench.folder / 'flows.py'}:main"
    goes_on(bench)
    assert bench.ran == ["make"]


def test_a_script_keeps_its_arguments_working_folder_and_import_path(bench):
    path = bench.write("""
        import os
        import sys
        from helpers import note
        from holdfast import flow, suspend_flow_run

        @flow
        def main():
            note(os.path.basename(sys.argv[0]), *sys.argv[1:], os.path.basename(os.getcwd()))
            suspend_flow_run()
            import beside
            return beside.VALUE

        if __name__ == "__main__":
            main()
    """)
    bench.write("VALUE = 42\n", "beside.py")
    elsewhere = bench.folder / "elsewhere"
    elsewhere.mkdir()
    python(path, "--number", "3", "two words", cwd=elsewhere)
    goes_on(bench, 42)
    assert bench.ran == ["program.py --number 3 two words elsewhere"] * 2


def test_a_run_goes_on_though_its_working_folder_has_gone(bench):
    path = bench.write(FLOW + GUARDED)
    elsewhere = bench.folder / "elsewhere"
    elsewhere.mkdir()
    python(path, cwd=elsewhere)
    elsewhere.rmdir()
    goes_on(bench)


def test_a_script_found_by_a_link_keeps_to_it(bench):
    path = bench.write(FLOW + GUARDED, "releases/one/program.py")
    bench.write((bench.folder / "helpers.py").read_text(), "releases/one/helpers.py")
    (bench.folder / "current").symlink_to(path.parent)
    python(bench.folder / "current" / "program.py", cwd=bench.folder)
    assert entrypoint(bench) == f"{bench.folder / 'current' / 'program.py'}:main"
    goes_on(bench)


@pytest.fixture
def other_python(bench):
    """An interpreter in a virtual environment of its own, which has a module that this one does not have."""
    home = bench.folder / "venv"
    packages = home / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    packages.mkdir(parents=True)
    (home / "bin").mkdir()
    (home / "bin" / "python").symlink_to(sys.executable)
    (home / "pyvenv.cfg").write_text(f"home = {Path(sys.executable).resolve().parent}\n")
    (packages / "only_here.py").write_text("VALUE = 42\n")
    (packages / "ours.pth").write_text(f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n")
    return home / "bin" / "python"


def test_the_recorded_interpreter_executes_the_run(bench, other_python):
    path = bench.write("""
        import sys
        import only_here
        from helpers import note
        from holdfast import flow, suspend_flow_run

        @flow
        def main():
            note(sys.executable)
            suspend_flow_run()
            return only_here.VALUE

        if __name__ == "__main__":
            main()
    """)
    python(path, cwd=bench.folder, executable=other_python)
    bench.worker()
    bench.resume()
    bench.feed.until_state("Completed")
    assert bench.result() == 42
    assert bench.ran == [str(other_python)] * 2


def test_a_run_whose_interpreter_has_gone_is_held_until_it_is_back(bench, other_python):
    python(bench.write(FLOW + GUARDED), cwd=bench.folder, executable=other_python)
    away = other_python.with_name("away")
    other_python.rename(away)
    bench.worker()
    bench.resume()
    bench.feed.until("held")
    state = bench.state()
    assert state.name == "Suspended"
    assert f"{other_python} no longer exists" in state.message
    assert f"holdfast resume {bench.root().name}" in state.message
    away.rename(other_python)
    bench.resume()
    bench.feed.until_state("Completed")


def test_a_run_whose_interpreter_has_no_holdfast_any_more_is_held_and_says_so_once(bench, other_python):
    python(bench.write(FLOW + GUARDED), cwd=bench.folder, executable=other_python)
    away = other_python.with_name("away")
    other_python.rename(away)
    other_python.write_text(f'#!/bin/sh\nexec {sys.executable} -I -S "$@"\n')
    other_python.chmod(0o755)
    worker = bench.worker()
    bench.resume()
    bench.feed.until("held")
    state = bench.state()
    assert state.name == "Suspended"
    assert state.message.startswith("Its process died when it started: ")
    assert "No module named 'holdfast'" in state.message
    assert f"holdfast resume {bench.root().name}" in state.message
    assert "No module named 'holdfast'" in bench.log()
    assert "No module named" not in worker.err
    away.rename(other_python)
    bench.resume()
    bench.feed.until_state("Completed")


def test_a_program_that_is_started_as_interpreter_and_is_none_makes_no_run(bench):
    program = bench.write(FLOW + GUARDED)
    app = bench.write(f'#!/bin/sh\nexec {sys.executable} "{program}"\n', "app")
    app.chmod(0o755)
    starter = f"import sys\nsys.executable = {str(app)!r}\nimport program\nprogram.main()\n"
    python(bench.write(starter, "starter.py"), cwd=bench.folder)
    bench.worker()
    bench.resume()
    bench.feed.until("held")
    (run,) = queries.list_flow_runs(bench.db)
    assert run.state.name == "Suspended"
    assert "was started to execute a run, but called Flow 'main': it is not a Python interpreter" in bench.log()
    assert bench.ran == ["make"]


NO_INTERPRETER = {
    "an executable of its own": ("sys.frozen = True", "its program is a stand-alone executable, which cannot start"),
    "unknown": ("sys.executable = ''", "Python does not know its interpreter"),
    "gone": ("sys.executable = '/nowhere/python'", "its interpreter /nowhere/python is gone"),
}


@pytest.mark.parametrize(("code", "why"), NO_INTERPRETER.values(), ids=NO_INTERPRETER)
def test_a_flow_that_no_interpreter_could_start_again_is_not_suspended(bench, code, why):
    bench.write(FLOW)
    starter = bench.write(f"import sys\n{code}\nimport program\nprogram.main()\n", "starter.py")
    done = subprocess.run(
        [sys.executable, starter], cwd=bench.folder, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert f"cannot be suspended: {why}" in done.stderr.splitlines()[-1]
    assert bench.state().is_failed()


BROKEN = {
    "gone": None,
    "no flow of that name": "from holdfast import flow\n",
    "another flow": "from holdfast import flow\n@flow(name='refund')\ndef main():\n    return 'refunded'\n",
    "a syntax error": "def main(:\n",
    "an import error": "import no_such_module\n",
    "an error": "raise RuntimeError('not today')\n",
    "an exit": "import sys\nsys.exit('not today')\n",
}


@pytest.mark.parametrize("code", BROKEN.values(), ids=BROKEN)
def test_code_that_cannot_be_loaded_holds_the_run_and_keeps_its_answer(bench, code):
    source = FLOW.replace("suspend_flow_run()", "value = suspend_flow_run(wait_for_input=int)").replace(
        "return isinstance", "return value, isinstance"
    )
    path = bench.write(source + GUARDED)
    bench.run(path)
    if code is None:
        path.unlink()
    else:
        bench.write(code)
    bench.answer_and_work(42)
    state = bench.state()
    assert state.name == "Suspended"
    assert str(path) in state.message
    assert state.message.endswith(f"Fix that, then run: holdfast resume {bench.root().name}")
    (wait,) = bench.waits("open")
    assert wait.answer.value == {"value": 42}
    bench.write(source + GUARDED)
    bench.resume()
    bench.work()
    assert bench.result() == (42, True)
    assert bench.ran == ["make"]


def test_a_flow_defined_after_the_first_flow_call_of_a_script_is_held_and_the_message_says_how_to_mend_it(bench):
    source = """
from holdfast import flow, suspend_flow_run

@flow
def first():
    return 1

{call}

@flow
def second():
    suspend_flow_run()
    return 2

second()
"""
    path = bench.write(source.format(call="first()"))
    bench.run(path)
    second = bench.the_run("second")
    bench.resume(run=second)
    bench.work()
    message = bench.state(second).message
    assert f"There is no flow called 'second' at the top level of {path}" in message
    assert "up to its first flow call, which is in line 8" in message
    assert 'if __name__ == "__main__"' in message
    bench.write(source.format(call='if __name__ == "__main__":\n    first()'))
    bench.resume(run=second)
    bench.work()
    assert bench.state(second).name == "Completed"


def test_a_package_that_has_gone_holds_the_run(bench, package):
    path = package()
    bench.run(bench.write("from pkg.flows import main\nmain()\n"))
    gone = bench.folder / "gone"
    path.parent.rename(gone)
    bench.answer_and_work()
    assert bench.state().name == "Suspended"
    assert "pkg.flows:main" in bench.state().message
    gone.rename(path.parent)
    bench.resume()
    bench.work()
    assert bench.state().is_completed()


def test_parameters_that_cannot_be_read_back_hold_the_run(bench):
    code = """
        from holdfast import flow, suspend_flow_run

        class {name}:
            pass

        @flow
        def main(thing):
            suspend_flow_run()
            return "done"

        if __name__ == "__main__":
            main({name}())
    """
    bench.run(bench.write(code.format(name="Old")))
    bench.write(code.format(name="New"))
    bench.answer_and_work()
    assert bench.state().name == "Suspended"
    assert "stored parameters cannot be read" in bench.state().message
    bench.write(code.format(name="Old"))
    bench.resume()
    bench.work()
    assert bench.result() == "done"


def test_what_the_process_writes_is_in_the_runs_log_once(bench):
    path = bench.write("""
        import ctypes
        import os
        import subprocess
        import sys
        from holdfast import flow, get_run_logger, suspend_flow_run, task

        @task(log_prints=True)
        def logging_task():
            print("printed by a logging task")

        @flow
        def main():
            suspend_flow_run()
            print("printed")
            print("to stderr", file=sys.stderr)
            os.write(1, b"written to the descriptor\\n")
            ctypes.CDLL(None).puts(b"put by C")
            ctypes.CDLL(None).fflush(None)
            subprocess.run(["echo", "said by a command"], check=True)
            get_run_logger().info("logged")
            logging_task()
            print("without an end", end="")

        if __name__ == "__main__":
            main()
    """)
    bench.run(path)
    bench.answer_and_work()
    lines = bench.log().splitlines()
    for each in (
        "printed",
        "to stderr",
        "written to the descriptor",
        "put by C",
        "said by a command",
        "logged",
        "printed by a logging task",
        "without an end",
    ):
        assert lines.count(each) == 1, each


def test_a_traceback_of_code_that_cannot_be_loaded_is_in_the_runs_log(bench):
    bench.run(bench.write(FLOW + GUARDED))
    bench.write("raise RuntimeError('not today')\n")
    bench.answer_and_work()
    assert "RuntimeError: not today" in bench.log().splitlines()
