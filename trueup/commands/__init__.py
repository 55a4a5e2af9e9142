"""One module per verb, and the one place where the parts are put together.

A command takes a `Workspace` and plain arguments, returns a result that a face prints, and raises `TrueupError`. It
never prints and never exits.
"""
