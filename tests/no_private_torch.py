"""pytest -p tests.no_private_torch: all tests as with a torch that has lost its private names."""

from __future__ import annotations

from wengu import torch_private

torch_private.private = lambda owner, name: None
