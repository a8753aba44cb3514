"""Executes what is scheduled: claims runs, starts a process for each, and sees to those that die."""

import os

TRY_LATER = os.EX_TEMPFAIL
"""Exit status of a process that could not begin with its run where the next one may."""
