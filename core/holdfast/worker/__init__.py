"""The worker: it claims scheduled runs, starts a process for each, and recovers the runs whose process dies."""

import os

TRY_LATER = os.EX_TEMPFAIL
"""The exit status of a process that could not begin with its run, although a later attempt may."""
