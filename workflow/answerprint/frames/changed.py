"""What a stage's map of changed pixels says of each: its bits."""

CHANGED = 1
"""The stage changed the pixel."""
LENT = 2
"""What it shows now is another element's."""
