"""What a run is executed again with: its flow under whatever name, and with its options.

Loading a file makes no run, and what cannot be found again is refused before anybody is asked.
"""

import subprocess
import sys

import pytest

from holdfast.store import queries

HEAD = """
import functools
import sys
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from helpers import note
from holdfast import flow, pause_flow_run, suspend_flow_run, task

def _ask():
    note("asked")
    return suspend_flow_run(wait_for_input=bool)

"""


def run(path):
    return subprocess.run([sys.executable, str(path)], cwd=path.parent, capture_output=True, text=True, timeout=120)


def runs(bench):
    return queries.list_flow_runs(bench.db)


FOUND = {
    "another name": ("alias = flow(name='other')(_ask)", "alias()", "alias"),
    "wrapped": (
        "def timed(f):\n    return functools.wraps(f)(lambda: f())\n@timed\n@flow\ndef wrapped():\n    return _ask()",
        "wrapped()",
        "wrapped",
    ),
    "wrapped without a word": (
        "def timed(f):\n    return lambda: f()\n@timed\n@flow\ndef wrapped():\n    return _ask()",
        "wrapped()",
        "wrapped",
    ),
    "static method": (
        "class Group:\n    @staticmethod\n    @flow\n    def ask():\n        return _ask()",
        "Group.ask()",
        "Group.ask",
    ),
    "made by a factory": (
        "def make(name):\n    def inner():\n        return _ask()\n    return flow(name=name)(inner)\nmade = make('x')",
        "made()",
        "made",
    ),
    "made of a function where it is called": ("", "flow(name='direct', retries=1)(_ask)()", "_ask"),
    "made by a text that is executed": ("exec('@flow\\ndef made():\\n    return _ask()')", "made()", "made"),
    "one of several functions, without options": (
        "def one():\n    return _ask()\nmade = {each.__name__: flow(each) for each in (one,)}",
        "made['one']()",
        "one",
    ),
    "a class method that is inherited": (
        "class Base:\n @flow\n @classmethod\n def ask(cls):\n  note(1)\n  return _ask()\nclass Group(Base):\n pass",
        "Group.ask()",
        "Group.ask",
    ),
    "one of several, in a list": ("several = [flow(name=n)(_ask) for n in 'abc']", "several[1]()", "_ask"),
}


@pytest.mark.parametrize(("code", "call", "name"), FOUND.values(), ids=FOUND)
def test_a_flow_is_found_again(bench, code, call, name):
    path = bench.write(f"{HEAD}{code}\n\nif __name__ == '__main__':\n    {call}\n")
    done = run(path)
    assert done.returncode == 0, done.stderr
    (before,) = runs(bench)
    assert queries.get_origin(bench.db, before.id).entrypoint == f"{path}:{name}"
    bench.answer_and_work(True)
    assert bench.state().is_completed(), bench.log()
    assert (bench.result(), bench.ran) == (True, bench.ran[: len(bench.ran) // 2] * 2)
    assert bench.root().flow_name == before.flow_name


REFUSED = {
    "under main": ("", "@flow\n    def main():\n        _ask()\n    main()", 'only if __name__ is "__main__"'),
    "a text that is executed under main": (
        "",
        "exec('@flow\\ndef main():\\n    _ask()')\n    main()",
        'only if __name__ is "__main__"',
    ),
    "in a loop": (
        "made = []\nfor n in 'ab':\n    @flow(name=n)\n    def looped():\n        _ask()\n    made.append(looped)",
        "looped()",
        "made in a loop",
    ),
    "in a function": (
        "def make():\n    @flow\n    def inner():\n        _ask()\n    return inner",
        "make()()",
        "no name of its own at the top level",
    ),
    "a method of an object": (
        "class Group:\n    @flow\n    def ask(self):\n        _ask()",
        "Group().ask()",
        "a method of an object",
    ),
    "a hook that is added under main": (
        "@flow\ndef main():\n    _ask()",
        "@main.on_completion\n    def hook(*_):\n        pass\n    main()",
        "option on_completion",
    ),
    "a hook without a name": (
        "@flow\ndef main():\n    _ask()",
        "main.with_options(on_failure=[lambda *_: None])()",
        "option on_failure",
    ),
}


@pytest.mark.parametrize(("code", "call", "why"), REFUSED.values(), ids=REFUSED)
def test_a_flow_that_would_not_be_found_again_is_not_suspended(bench, code, call, why):
    done = run(bench.write(f"{HEAD}{code}\n\nif __name__ == '__main__':\n    {call}\n"))
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert "cannot be suspended" in last
    assert why in last
    assert bench.state().is_failed()


def test_options_that_a_run_was_started_with_outlive_its_process(bench):
    code = """
def hook(flow, run, state):
    note("hook", state.name)

@flow(retries=7)
def main():
    note("tried")
    suspend_flow_run()
    print("printed")
    raise ValueError("no")

if __name__ == "__main__":
    main.with_options(log_prints=True, retries=1, on_failure=[hook])()
"""
    assert run(bench.write(HEAD + code)).returncode == 0
    bench.answer_and_work()
    assert bench.ran == ["tried", "tried", "tried", "hook Failed"]
    assert "printed" in bench.log()


def test_a_hook_of_the_file_that_is_added_under_main_outlives_its_process(bench):
    code = "def hook(flow, run, state):\n    note('hook', state.name)\n\n@flow\ndef main():\n    _ask()\n\n"
    tail = "if __name__ == '__main__':\n    main.on_completion(hook)\n    main()\n"
    assert run(bench.write(HEAD + code + tail)).returncode == 0
    bench.answer_and_work(True)
    assert bench.ran == ["asked", "asked", "hook Completed"]


UNGUARDED = {
    "a thread": "thread = threading.Thread(target=main)\nthread.start()\nthread.join()",
    "a pool of threads": "with ThreadPoolExecutor() as pool:\n    pool.submit(main)",
    "a thread that is no object": (
        "import _thread\ndone = threading.Lock()\ndone.acquire()\ndef go():\n    try:\n        main()\n"
        "    finally:\n        done.release()\n_thread.start_new_thread(go, ())\ndone.acquire()"
    ),
    "a context of its own": "import contextvars\ncontextvars.Context().run(main)",
    "a pool of multiprocessing's threads": (
        "from multiprocessing.pool import ThreadPool\nwith ThreadPool(1) as pool:\n    pool.apply(main)"
    ),
    "a pool of multiprocessing's processes": (
        "import multiprocessing\nwith multiprocessing.get_context('fork').Pool(1) as pool:\n    pool.apply(main)"
    ),
    "a thread of a thread": (
        "outer = threading.Thread(target=lambda: ThreadPoolExecutor().submit(main))\nouter.start()\nouter.join()"
    ),
    "an event loop": "import asyncio\nasync def go():\n    await asyncio.to_thread(main)\nasyncio.run(go())",
    "an exit handler": "import atexit\natexit.register(main)",
    "a call whose end is caught": "try:\n    main()\nexcept BaseException:\n    pass\nsys.exit(3)",
    "a forked process": (
        "import multiprocessing\np = multiprocessing.get_context('fork').Process(target=main)\np.start()\np.join()"
    ),
    "another interpreter": (
        "import os\nimport subprocess\nif not os.environ.get('INNER'):\n"
        "    subprocess.run([sys.executable, __file__], env={**os.environ, 'INNER': '1'})\nelse:\n    main()"
    ),
}


@pytest.mark.parametrize("tail", UNGUARDED.values(), ids=UNGUARDED)
def test_loading_a_file_makes_no_run(bench, tail):
    code = "@flow\ndef main():\n    note('began')\n    suspend_flow_run()\n    return 'done'\n\n"
    run(bench.write(HEAD + code + tail + "\n"))
    assert len(runs(bench)) == 1
    bench.answer_and_work()
    assert [each.state.name for each in runs(bench)] == ["Completed"], bench.log()
    assert bench.ran == ["began", "began"]
    assert "Traceback" not in bench.log()


ENDS = {
    "sys.exit(0)": "ended the process with 0 while it was loaded",
    "raise SystemExit": "ended the process while it was loaded",
    "import os; os._exit(0)": "ended the process while it was loaded",
    "raise KeyboardInterrupt": "was interrupted while it was loaded",
}


@pytest.mark.parametrize("end", ENDS)
def test_a_file_that_ends_the_process_while_it_is_loaded_holds_the_run_and_says_where(bench, end):
    code = "@flow\ndef main():\n    suspend_flow_run()\n"
    path = bench.write(HEAD + code + "\nif __name__ == '__main__':\n    main()\n")
    assert run(path).returncode == 0
    bench.write(HEAD + code + end + "\n")
    line = (HEAD + code + end).count("\n") + 1
    bench.answer_and_work()
    assert bench.state().name == "Suspended"
    assert f"{path} {ENDS[end]}, in {path}, line {line}" in bench.state().message
