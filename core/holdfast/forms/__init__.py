"""What a JSON Schema asks for: fields to fill in, values to load and dump exactly, and what is wrong in plain words.

No widgets: the app draws these forms, the command line asks their questions one by one, and the engine checks answers
with the same rules.
"""
