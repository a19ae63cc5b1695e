"""Pictures turned, sheared and moved: for each place of the result, where in the picture it is from.

    x'(u) = x(A u + b),   u = (column, row) from the middle;  between pixels bilinear, beyond the edge black

    rotate by θ       A = [[cos θ, -sin θ], [sin θ, cos θ]]    counter-clockwise
    shear by s        A = [[1, s], [0, 1]] along the rows, [[1, 0], [s, 1]] along the columns
    move by t         b = -t pixels

Source: Jaderberg et al. 2015, arXiv:1506.02025, equations (1) and (5): an affine grid and bilinear sampling.
The sign of s is that of Pillow and torchvision.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample


def transformed(x: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """x' of floats (m, channels, height, width), by a (m, 2, 2) and b (m, 2) in pixels.

    >>> x = torch.tensor([[[[1.0, 2.0, 3.0]]]])
    >>> transformed(x, torch.eye(2)[None], torch.tensor([[-1.0, 0.0]]))
    tensor([[[[0., 1., 2.]]]])
    """
    side = x.new_tensor([x.shape[3], x.shape[2]])
    theta = torch.cat([a * side / side[:, None], (2 * b / side)[:, :, None]], dim=2)  # torch counts from -1 to 1
    grid = affine_grid(theta.to(x.dtype), list(x.shape), align_corners=False)
    return grid_sample(x, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def rotated(x: Tensor, degrees: Tensor) -> Tensor:
    """Turned counter-clockwise by degrees (m,)."""
    angle = torch.deg2rad(degrees)
    cos, sin = angle.cos(), angle.sin()
    return transformed(x, _matrix(cos, -sin, sin, cos), torch.zeros(len(x), 2, device=x.device))


def sheared(x: Tensor, s: Tensor, *, along: int) -> Tensor:
    """Sheared by s (m,), along the rows (0) or the columns (1)."""
    one, none = torch.ones_like(s), torch.zeros_like(s)
    a = _matrix(one, s, none, one) if along == 0 else _matrix(one, none, s, one)
    return transformed(x, a, torch.zeros(len(x), 2, device=x.device))


def translated(x: Tensor, t: Tensor, *, along: int) -> Tensor:
    """Moved by t (m,) pixels to the right (0) or down (1)."""
    one, none = torch.ones_like(t), torch.zeros_like(t)
    b = torch.stack([-t, none] if along == 0 else [none, -t], dim=1)
    return transformed(x, _matrix(one, none, none, one), b)


def _matrix(a: Tensor, b: Tensor, c: Tensor, d: Tensor) -> Tensor:
    return torch.stack([torch.stack([a, b], 1), torch.stack([c, d], 1)], 1)  # (m, 2, 2)
