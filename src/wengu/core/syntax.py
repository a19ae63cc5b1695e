"""Python's own parser, for one thread at a time.

Python 3.11 counts the depth of the tree it builds for all threads together: a second thread that parses makes the first
end in a SystemError (python/cpython#106905). The handbook answers each reader in a thread.
"""

from __future__ import annotations

import ast
import threading

_ONE_AT_A_TIME = threading.RLock()


def parse(source: str | bytes) -> ast.Module:
    """The tree of a source; raises what `ast.parse` raises.

    >>> [type(line).__name__ for line in parse("J = 3*(a + b*c)").body]
    ['Assign']
    """
    with _ONE_AT_A_TIME:
        return ast.parse(source)
