"""The names of the sets that a source may come with, as people write them."""

from __future__ import annotations

SETS = ("train", "dev", "test", "")
"""As a reader returns them; '' = not assigned."""

SET_NAMES = {"train": "train", "dev": "dev", "val": "dev", "valid": "dev", "validation": "dev", "test": "test"}
"""As a folder or a column may call them, in small letters."""
