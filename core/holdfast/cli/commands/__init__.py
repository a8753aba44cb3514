"""One module for each command. `holdfast.cli.app` lists them, and imports one when it is run."""
