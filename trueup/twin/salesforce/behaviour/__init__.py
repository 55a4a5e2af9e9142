"""What the org does by itself when records change: stages, history, conversion, merging, deleting."""
