"""Runs flows and tasks: boundaries, replay, waits, and the verbs that act on runs from outside.

The logic is written once, as generators that yield their effects (`holdfast.engine.drive.effects`). Whether a flow is
sync or async only decides which driver performs them.
"""
