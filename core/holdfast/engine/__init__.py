"""Runs flows and tasks: boundaries, replay, waits, and the verbs that act on runs from outside.

The logic is written once, as generators that yield what they need done (`holdfast.engine.drive.effects`); whether a
flow is sync or async only decides who does it.
"""
