"""The only SQL: tables, statements, transactions, and the watcher that notices what others commit.

The rest of Holdfast calls functions that take an open `holdfast.store.database.Database`. What such a database has to
offer is in `holdfast.store.door`, and what stands behind it in `holdfast.store.sqlite`.

The invariant: **inside a write transaction nobody else writes.** From the first statement of a block ``with
database.write()`` to its end, what it has read stays true, and what it has counted stays the number. SQLite gives that
for free: one connection in the world holds the write lock. A database with several writers has to lock what these
transactions look at, in the same order each, before they look.

These rest on it, since they look at something first and then write:

- Moving a run. `transitions.move` writes back all columns that go with a state as they were read, and guards only three
  of them, so that a request which came in between would be lost. Every transaction that moves a run:
  `runs.set_state`, `runs.finish`, `runs.await_retry`, `runs.try_again`, `runs.enter`, `requests.ask`,
  `requests.cancel_below`, `requests.left`, `requests.interrupted`, `requests.acknowledge_pause`, `requests.take_back`,
  `recovery.recover`, `recovery.lost`, `recovery.give_back`, `recovery.retry`, `recovery.hold`, `claims.claim`,
  `claims.mark_late`, `deployments.delete`, `waits.expire_due`.
- Going through a tree: a child that starts in between would be left out. `requests.ask`, `requests.cancel_below`,
  `requests.release`, `requests.left`, `requests.interrupted`, `runs.finish`, `runs.await_retry`, `recovery.recover`,
  `recovery.retry`, `waits.expire_due`, and what suspends a tree: `wait_opening.open_wait`,
  `deployments.leave_until_ended`.
- Starting something unless a request is there, which comes before the start or sees it: `tasks.start`, `tasks.restart`,
  `tasks.try_again`, `runs.create`, `deployments.start`.
- Counting what is open, and going on when nothing is: `waits.give_answer`, `waits.give_answers`, `waits.accept`,
  `waits.expire`, `waits.withdraw`, `waits.withdraw_all`, and all that suspends or ends a run. `claims.claim` counts the
  runs of a deployment against its limit.
- Looking for what is there already, and inserting it otherwise: `wait_opening.open_wait` (the question, its key),
  `deployments.save`, `deployments.start`, `deployments.make_due_runs`, `messages.send` (the call), `cache.save`,
  `drafts.keep`, `messages.offer_until_end`.
- Changing what was looked at: `waits.object_to`, `wait_opening.replace_not_asked`, `messages.take` (the next message
  and its receipt), `messages.hang_up`, `deployments.set_paused`, `hosts.register`, `hosts.remove`, `hosts.forget` (no
  run names it).
- Writing only while this process has the run, which another may take: `tasks.finish`, `tasks.await_retry`,
  `tasks.reuse`, `log_writing.append`.

Their order is one, too, since one comes after the other: an event that is committed later has a higher ``seq``, which
`watch` and all reading with ``after=`` go by; a message that is sent later has a higher id, which is the order of
delivery; a log line likewise.

`hosts.renew` and `drafts.discard` need none of it: they write one row by its id.
"""
