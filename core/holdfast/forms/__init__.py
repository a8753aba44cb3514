"""Forms from JSON Schemas: fields to fill in, values that are loaded and dumped exactly, and errors in plain words.

There are no widgets here. The app draws the forms, the command line asks for their fields one by one, and the engine
checks answers with the same rules.
"""
