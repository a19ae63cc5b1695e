"""Makes a run: data and model prepared, trained in one process or several, predictions written; loads, exports it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wengu.lazy import lazily

if TYPE_CHECKING:
    from wengu.running.check import check
    from wengu.running.export import Exported, export
    from wengu.running.load import LoadedModel, load
    from wengu.running.predictions import Predicted, read_predictions
    from wengu.running.show_why import Why, show_why

__all__ = ["Exported", "LoadedModel", "Predicted", "Why", "check", "export", "load", "read_predictions", "show_why"]

# Most of the files bring torch along, which takes a second, and reading predictions needs none of it.
__getattr__ = lazily(__name__, {
    "Exported": "export", "LoadedModel": "load", "Predicted": "predictions", "Why": "show_why", "check": "check",
    "export": "export", "load": "load", "read_predictions": "predictions", "show_why": "show_why",
})  # fmt: skip
