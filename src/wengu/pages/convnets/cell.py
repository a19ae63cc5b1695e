"""A layer's maps side by side as tiles, and how one number of them comes about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from wengu.core.i18n import say
from wengu.core.written import written
from wengu.pages.convnets.digits import Layer
from wengu.pages.convnets.pictures import hundredths
from wengu.pages.figure import Axis, Mark, Panel, boxes, cells, field_of, note

if TYPE_CHECKING:
    from torch import Tensor

WIDE, TALL = 100.0, 67.0  # what the tiles are fitted into, so that a place in one layer is one in all
ACROSS_AND_DOWN = ("mark from the left, 0 to 100", "mark from the top, 0 to 67")
ROWS = 12  # of units of a dense layer


class Tiles:
    """Maps (n, h, w) in rows; units of a dense layer are one map of 12 rows."""

    def __init__(self, maps: Tensor) -> None:
        if maps.dim() == 1:
            maps = maps.view(1, ROWS if len(maps) > ROWS else 2, -1)
        self.maps = maps
        self.n, self.h, self.w = maps.shape
        self.columns = {6: 3, 16: 4}.get(self.n, 1)
        self.tens = self.n == 1 and self.h * self.w == 10  # the output: a cell a digit
        self.gap = 1 + self.h // 14
        self.wide = self.columns * (self.w + self.gap) - self.gap
        self.tall = -(-self.n // self.columns) * (self.h + self.gap) - self.gap

    def keyed(self, title: str) -> str:
        """With what black and white are, as field_of says."""
        low, high = min(0.0, self.maps.min().item()), self.maps.max().item()
        return written(say("{title}, grey {low:.2g} to {high:.2g}", title=title, low=low,
                           high=high if low < 0 else max(1.0, high)))

    def corner(self, k: int) -> tuple[int, int]:
        """Row and column at which the k-th map begins."""
        row, column = divmod(k, self.columns)
        return row * (self.h + self.gap), column * (self.w + self.gap)

    def panel(self, title: str, frames: Sequence[tuple[int, int, int, int, int]], *, fitted: bool = False) -> Panel:
        """As one picture; a frame is map, row, column, height, width."""
        import torch

        z = torch.full((self.tall, self.wide), torch.nan, dtype=torch.float64)
        for k, one in enumerate(self.maps):
            row, column = self.corner(k)
            z[row : row + self.h, column : column + self.w] = one.round(decimals=3)
        across, down, left, top = self._fit() if fitted else (1.0, 1.0, 0.0, 0.0)
        items = [{"x": left + across * (self.corner(k)[1] + v), "y": top + down * (self.corner(k)[0] + u),
                  "w": across * w, "h": down * h, "tone": "2"} for k, u, v, h, w in frames]
        field = field_of(z, x=(left, left + across * self.wide), y=(top, top + down * self.tall), kind="picture",
                         label=say("value"))
        rims = [{"x": left + across * self.corner(k)[1], "y": top + down * self.corner(k)[0], "w": across * self.w,
                 "h": down * self.h, "tone": "quiet"} for k in range(self.n)]
        digits = [note(left + across * (v + 0.5), top + down * (u + 0.9), str(u * self.w + v), anchor="middle")
                  for u in range(self.h) for v in range(self.w)] if self.tens else []
        return Panel(field, boxes(rims), boxes(items), *digits, x=Axis(domain=(0, WIDE if fitted else self.wide)),
                     y=Axis(domain=(0, TALL if fitted else self.tall)), title=title, equal=True)

    def at(self, x: float, y: float) -> tuple[int, int, int]:
        """Map, row and column of the number at a place of the fitted picture, or of the nearest."""
        across, down, left, top = self._fit()
        row, u = divmod(min(max(int((y - top) / down), 0), self.tall - 1), self.h + self.gap)
        column, v = divmod(min(max(int((x - left) / across), 0), self.wide - 1), self.w + self.gap)
        return row * self.columns + column, min(u, self.h - 1), min(v, self.w - 1)

    def _fit(self) -> tuple[float, float, float, float]:
        """What one value takes across and down, and where the first begins; units may be oblong, pixels not."""
        if self.n == 1:
            return WIDE / self.wide, TALL / self.tall, 0.0, 0.0
        scale = min(WIDE / self.wide, TALL / self.tall)
        return scale, scale, (WIDE - scale * self.wide) / 2, (TALL - scale * self.tall) / 2


class Cell(NamedTuple):
    """One number of a layer: what it is made of, drawn and said, and the frames around what went in."""

    marks: list[Mark]
    say: str
    before: Tiles
    frames: list[tuple[int, int, int, int, int]]


def cell_of(one: Layer, k: int, u: int, v: int, p: Tensor) -> Cell:
    """The number at row u, column v of the k-th map; `p` are the probabilities."""
    if one.out.dim() == 1:
        return _unit(one, u * Tiles(one.out).w + v, p)
    if one.z.shape[0] == one.into.shape[0]:
        return _pooled(one, k, u, v)
    return _filtered(one, k, u, v)


def _filtered(one: Layer, k: int, u: int, v: int) -> Cell:
    """The window of every map that comes in, times the filter, and the bias."""
    from torch.nn.functional import pad

    (p, _), (f, _) = one.layer.padding, one.layer.kernel_size
    x, W, b = pad(one.into, (p, p, p, p)), one.layer.weight[k].detach(), one.layer.bias[k].item()
    window = x[:, u : u + f, v : v + f]
    sums = (window * W).sum(dim=(1, 2))
    c = int(sums.abs().argmax())
    few = len(sums) == 1
    why = [[""] for _ in sums]
    why[c] = [_products(window[c].flatten(), W[c].flatten())]
    marks = [
        cells(hundredths(window[c]), title="x" if few else say("x, map {c}", c=c + 1), grey=True),
        cells(hundredths(W[c]), y=6, title="W" if few else say("W, map {c}", c=c + 1)),
        cells(hundredths(sums[:, None]), x=6, title="Σ x·W", why=why),
        *_ends(b, one.z[k, u, v].item(), one.out[k, u, v].item(), sums, [(8, 0), (8, 2), (8, 4)]),
    ]
    words = say("{layer}, map {k}, row {u}, column {v}: {n} {n:product|products} and the bias add up to {z:.2f}, "
                "rounded last; ReLU gives {a:.2f}.", layer=one.name, k=k + 1, u=u + 1, v=v + 1, n=window.numel(),
                z=one.z[k, u, v].item(), a=one.out[k, u, v].item())
    return Cell(marks, words, Tiles(x), [(c, u, v, f, f) for c in range(len(x))])


def _pooled(one: Layer, k: int, u: int, v: int) -> Cell:
    """The largest of four."""
    window, a = one.into[k, 2 * u : 2 * u + 2, 2 * v : 2 * v + 2], one.out[k, u, v].item()
    four = hundredths(window)
    marks = [cells(four, title="x", grey=True),
             cells(hundredths(one.out[k, u : u + 1, v : v + 1]), x=3, title="max", heat=False,
                   why=[[f"max({', '.join(f'{x:g}' for row in four for x in row)})"]])]
    return Cell(marks, say("{layer}, map {k}, row {u}, column {v}: the largest of four numbers goes on, {a:.2f}.",
                           layer=one.name, k=k + 1, u=u + 1, v=v + 1, a=a),
                Tiles(one.into), [(k, 2 * u, 2 * v, 2, 2)])


def _unit(one: Layer, k: int, p: Tensor) -> Cell:
    """Every number that comes in times its weight, and the bias; after maps the products are added up by map."""
    W, b, z, a = one.layer.weight[k].detach(), one.layer.bias[k].item(), one.z[k].item(), one.out[k].item()
    products = one.into * W
    joined = len(W) == 400  # the maps of S4
    before = Tiles(one.into.view(16, 5, 5) if joined else one.into)
    if joined:
        shown = products.view(16, 25).sum(dim=1).view(4, 4)
        marks = [cells(hundredths(shown), title=say("x·W, added up by map"))]
    else:
        shown = products.view(before.h, before.w)
        x, w = (flat.view(before.h, before.w).tolist() for flat in (one.into, W))
        why = [[_product(*pair) for pair in zip(*rows, strict=True)] for rows in zip(x, w, strict=True)]
        marks = [cells(hundredths(shown), title="x·W", why=why)]
    y = len(shown) + 1
    ends = _ends(b, z, a, shown, [(0, y), (2, y), (4, y)])
    if one.name != "output":
        words = say("{layer}, unit {k}: {n} {n:product|products} and the bias add up to {z:.2f}, rounded last; ReLU "
                    "gives {a:.2f}.", layer=one.name, k=k + 1, n=len(W), z=z, a=a)
        return Cell([*marks, *ends], words, before, [])
    share = cells([[round(p[k].item(), 2)]], x=4, y=y, title="ŷ", heat=False,
                  why=[[f"exp({z:.2f}) / {one.z.exp().sum():,.0f}"]])
    words = say("The output for {digit}: {n} {n:product|products} and the bias add up to {z:.2f}, rounded last; "
                "softmax gives {p:.1%}.", digit=k, n=len(W), z=z, p=p[k].item())
    return Cell([*marks, *ends[:2], share], words, before, [])


def _ends(b: float, z: float, a: float, sums: Tensor, places: Sequence[tuple[int, int]]) -> list[Mark]:
    """The bias, what it makes with the sums, and what g makes of that, each at its place."""
    shown = [float(f"{b:.2g}"), *(round(one, 2) + 0.0 for one in (z, a))]
    few = [one for row in hundredths(sums.view(1, -1)) for one in row] if sums.numel() < 10 else []
    added = " + ".join(map(_bracketed, few)) or "Σ"
    why = ("", f"{added} + {_bracketed(shown[0])}", f"max(0, {shown[1]:g})")
    return [cells([[number]], x=x, y=y, title=name, heat=False, why=[[reason]])
            for (x, y), name, number, reason in zip(places, "bza", shown, why, strict=True)]


def _products(x: Tensor, w: Tensor) -> str:
    """Those that are not 0, added up."""
    return " + ".join(_product(*pair) for pair in zip(x.tolist(), w.tolist(), strict=True) if pair[0]) or "0"


def _product(x: float, w: float) -> str:
    return f"{x:.2g} · {_bracketed(w)}"


def _bracketed(value: float) -> str:
    return f"{value:.2g}" if value >= 0 else f"({value:.2g})"
