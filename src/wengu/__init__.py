"""wengu (温故): the machine-learning revision notes as running software.

    import wengu

    run = wengu.fit("lenet5")                       # trains, and says what is wrong and what to try next
    print(wengu.check("lenet5", data="photos/"))    # what would go wrong, before anything is trained
    wengu.load(run.path).predict(["shoe.png"])
    wengu.export(run.path)                          # model.onnx, for any program

The rooms stand by themselves: wengu.functions, wengu.layers, wengu.regression, wengu.practice, ...
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

# The threads of GNU's OpenMP, which torch computes with on Linux, spin while they wait for each other. On a machine
# that does anything else a step then takes ten to thirty times as long; a short spin costs a tenth where it is quiet.
if "OMP_WAIT_POLICY" not in os.environ:
    os.environ.setdefault("GOMP_SPINCOUNT", "3000")

if TYPE_CHECKING:
    from wengu.project import fit as fit
    from wengu.running import check as check
    from wengu.running import export as export
    from wengu.running import load as load

__all__ = ["__version__", "check", "export", "fit", "load"]
__version__ = "0.1.0"
"The version that is installed."


def __getattr__(name: str) -> Any:
    """All but the version bring torch along, which takes a second: they are imported when first used."""
    if name in __all__:
        from wengu import project, running

        return getattr(project if name == "fit" else running, name)
    raise AttributeError(f"module 'wengu' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
