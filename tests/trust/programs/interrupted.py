"""Two threads that write, one of them interrupted time and again, at any moment, as by ctrl-C."""

import signal
import sys
import threading

from holdfast.records import HostKind
from holdfast.store import hosts
from holdfast.store.database import default

INTERRUPTIONS = 300
database = default()
over = threading.Event()


def write(kind):
    hosts.register(database, kind, pid=1, process_start="x", hostname="here")


def write_beside():
    while not over.is_set():
        write(HostKind.SCRIPT)


def interrupt(*_):
    raise KeyboardInterrupt


def main():
    beside = threading.Thread(target=write_beside, daemon=True)
    beside.start()
    signal.signal(signal.SIGALRM, interrupt)
    for _ in range(INTERRUPTIONS):
        try:
            signal.setitimer(signal.ITIMER_REAL, 0.0005)
            while True:
                write(HostKind.WORKER)
        except KeyboardInterrupt:
            continue
    write(HostKind.WORKER)
    over.set()
    beside.join(20)
    sys.exit(beside.is_alive())


main()
