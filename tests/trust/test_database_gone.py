"""A database that is deleted, moved or replaced under the processes that use it."""

import threading
import time

import pytest

from holdfast import settings
from holdfast.store import hosts
from waiting import PATIENCE

PAUSED = """
    from holdfast import flow, pause_flow_run

    @flow
    def waits():
        return pause_flow_run(wait_for_input=int)

    if __name__ == "__main__":
        waits()
"""

ASYNC = """
    import asyncio
    from holdfast import flow, pause_flow_run

    @flow
    async def waits():
        return await pause_flow_run(wait_for_input=int)

    async def main():
        await waits()

    if __name__ == "__main__":
        asyncio.run(main())
"""

IN_A_THREAD = """
    import threading
    from holdfast import flow, pause_flow_run

    @flow
    def waits():
        return pause_flow_run(wait_for_input=int)

    if __name__ == "__main__":
        thread = threading.Thread(target=waits)
        thread.start()
        thread.join()
"""


def files():
    """The database, its log, and the memory that programs share."""
    path = settings.database()
    return sorted(each for each in path.parent.iterdir() if each.name.startswith(path.name))


def delete():
    for each in files():
        each.unlink()


def replace():
    path = settings.database()
    other = path.with_name("other.db")
    other.write_bytes(path.read_bytes())
    other.replace(path)


def until(condition):
    """Wait for what only shows in a file that another process writes."""
    end = time.monotonic() + PATIENCE
    tick = threading.Event()
    while not condition():
        assert time.monotonic() < end, "It did not come true."
        tick.wait(0.02)


@pytest.mark.parametrize("program", [PAUSED, ASYNC], ids=["sync", "async"])
@pytest.mark.parametrize(
    ("do", "said"),
    [(delete, "was deleted or moved"), (replace, "was replaced by another file")],
    ids=["deleted", "replaced"],
)
def test_a_script_that_waits_ends_with_one_sentence(bench, feed, program, do, said):
    process = bench.start(bench.write(program))
    feed.until_state("Paused")
    do()
    assert process.wait() == 1
    assert said in process.err
    assert "Traceback" not in process.err


def test_a_flow_in_a_thread_says_it_in_one_sentence(bench, feed):
    process = bench.start(bench.write(IN_A_THREAD))
    feed.until_state("Paused")
    delete()
    process.wait()
    assert "was deleted or moved" in process.err
    assert "Traceback" not in process.err


def test_a_worker_says_so_stands_still_and_goes_on_when_the_file_is_back(bench, feed, db):
    worker = bench.worker()
    until(lambda: hosts.workers(db))
    elsewhere = settings.database().parent / "elsewhere"
    elsewhere.mkdir()
    moved = files()
    for each in moved:
        each.rename(elsewhere / each.name)
    until(lambda: "while it was in use" in worker.err)
    for each in moved:
        (elsewhere / each.name).rename(each)
    until(lambda: "The worker continues." in worker.err)
