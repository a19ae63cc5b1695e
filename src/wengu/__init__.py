"""wengu (温故): the machine-learning revision notes as running software.

    import wengu

    run = wengu.fit("lenet5")                       # trains, and says what is wrong and what to try next
    wengu.load(run.path).predict(["shoe.png"])

The rooms stand by themselves: wengu.functions, wengu.layers, wengu.regression, wengu.practice, ...
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wengu.adviser import fit as fit
    from wengu.adviser import load as load

__all__ = ["__version__", "fit", "load"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """`fit` and `load` bring torch along, which takes a second: they are imported when first used."""
    if name in ("fit", "load"):
        from wengu import adviser

        return getattr(adviser, name)
    raise AttributeError(f"module 'wengu' has no attribute {name!r}")
