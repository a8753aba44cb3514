"""The only SQL: tables, statements, transactions, and the watcher that notices commits of other processes.

The rest of Holdfast calls functions that take an open `holdfast.store.database.Database`. `holdfast.store.door` has the
interface of such a database, and `holdfast.store.sqlite` its implementation.

The invariant: **inside a write transaction nobody else writes.** From the first statement of a block ``with
database.write()`` to its end, everything that it has read and counted stays true. SQLite guarantees this, because only
one connection at a time holds the write lock. A database with several writers has to lock the rows that these
transactions read, always in the same order, before they read them.

These transactions rely on it, since they read something first and then write:

- Moving a run. `transitions.move` writes back all state columns as they were read, and guards only three of them, so a
  request that came in between would be lost. Every transaction that moves a run:
  `runs.set_state`, `runs.finish`, `runs.await_retry`, `runs.try_again`, `runs.enter`, `requests.ask`,
  `requests.cancel_below`, `requests.left`, `requests.interrupted`, `requests.acknowledge_pause`, `requests.take_back`,
  `recovery.recover`, `recovery.lost`, `recovery.give_back`, `recovery.retry`, `recovery.hold`, `claims.claim`,
  `claims.mark_late`, `deployments.delete`, `waits.expire_due`.
- Walking through a tree: a child that starts in between would be left out. `requests.ask`, `requests.cancel_below`,
  `requests.release`, `requests.left`, `requests.interrupted`, `runs.finish`, `runs.await_retry`, `recovery.recover`,
  `recovery.retry`, `waits.expire_due`, and the functions that suspend a tree: `wait_opening.open_wait`,
  `deployments.leave_until_ended`.
- Starting something unless there is a request, which comes before the start or sees it: `tasks.start`, `tasks.restart`,
  `tasks.try_again`, `runs.create`, `deployments.start`.
- Counting open waits, and continuing if there are none: `waits.give_answer`, `waits.give_answers`, `waits.accept`,
  `waits.expire`, `waits.withdraw`, `waits.withdraw_all`, and everything that suspends or ends a run. `claims.claim`
  counts the runs of a deployment against its limit.
- Looking for an existing row, and otherwise inserting it: `wait_opening.open_wait` (the question, its key),
  `deployments.save`, `deployments.start`, `deployments.make_due_runs`, `messages.send` (the call), `cache.save`,
  `drafts.keep`, `messages.offer_until_end`.
- Changing what was read: `waits.object_to`, `wait_opening.replace_not_asked`, `messages.take` (the next message
  and its receipt), `messages.withdraw_offer`, `deployments.set_paused`, `hosts.register`, `hosts.remove`,
  `hosts.forget` (no run names it).
- Writing only while this process has the run, which another may take: `tasks.finish`, `tasks.await_retry`,
  `tasks.reuse`, `log_writing.append`.

Their order is one, too, since one comes after the other. An event that is committed later has a higher ``seq``, on
which `watch` and all reading with ``after=`` rely. A message that is sent later has a higher id, which is the order of
delivery. The same is true of a log line.

`hosts.renew` and `drafts.discard` do not need the invariant: they write one row by its id.
"""
