"""Eight miniature tasks, one of each kind that the shapes must carry; each a recipe of at most 40 lines.

boxes, points, pairs mined in the mini-batch, ragged tags, a language model, source and target, masked tokens that are
drawn with the inputs, and a trainer of its own. The data is made, for what is tested is the contract and not the score.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import Dataset, TensorDataset

from wengu.core.batches import Batch, TreeDataset, read
from wengu.core.run_folder import RunFolder
from wengu.core.seeds import seed_for
from wengu.practice import Perplexity
from wengu.recipes import Network
from wengu.recipes.settings import Common, Training, setting
from wengu.recipes.task import NewInputs, Restored, Split, Task
from wengu.training import by_length, consecutive, of_each, of_whole_batch

IGNORED = -100


@dataclass(frozen=True)
class Ratio:
    """A metric of two counts a unit, Σ a / Σ b: what is weighed in a resample are units."""

    name: str
    count: Callable[[Any, Any], tuple[float, float]]
    direction: Any = "lower"
    scale: Any = "rate"
    unit: str = "example"
    worth: float = 0.01

    def parts(self, truth: Sequence[Any], predicted: Sequence[Any]) -> Any:
        return np.array([self.count(t, p) for t, p in zip(truth, predicted, strict=True)], dtype=np.float64)

    def value(self, parts: Any, weights: Any = None) -> Any:
        total = (np.ones(len(parts)) if weights is None else weights) @ parts
        return total[..., 0] / np.maximum(total[..., 1], 1e-12)


class Mini:
    """What the eight have in common: settings, a network, sets cut by place, and how a run is restored."""

    name: ClassVar[str]
    sizes: ClassVar[tuple[int, int, int]] = (48, 20, 12)

    @dataclass(frozen=True, kw_only=True)
    class Settings(Training):
        LR: ClassVar = {"sgd": 0.1, "momentum": 0.1, "rmsprop": 1e-2, "adam": 1e-2, "adamw": 1e-2}
        WEIGHT_DECAY: ClassVar[dict[str, float]] = {}

        data: str = setting("made", "Nothing is read.")

    NETWORKS: ClassVar[dict[str, Network]] = {}

    @property
    def METRICS(self) -> dict[str, Any]:  # as a module has it
        metric = self.task(self.Settings(), self.sets())["metric"]
        return {metric.name: lambda: metric}

    def about(self) -> str:
        return f"{self.name}, a miniature"

    def net(self) -> nn.Module:
        raise NotImplementedError

    def rows(self, m: int, generator: torch.Generator) -> tuple[Dataset[Batch], Sequence[Any]]:
        """Examples and truth."""
        raise NotImplementedError

    def task(self, settings: Any, sets: dict[str, Split]) -> dict[str, Any]:
        """What of Task is this one's own."""
        raise NotImplementedError

    def sets(self) -> dict[str, Split]:
        made = {}
        for k, (name, m) in enumerate(zip(("train", "dev", "test"), self.sizes, strict=True)):
            examples, truth = self.rows(m, torch.Generator().manual_seed(k))
            made[name] = Split(tuple(f"{name}-{i}" for i in range(m)), examples, truth, source="made")
        return made

    def prepare(self, settings: Any, *, progress: Any = None) -> Task:
        sets = self.sets()

        def model() -> nn.Module:
            with torch.random.fork_rng():
                torch.manual_seed(seed_for(settings.seed, "weights") >> 1)
                return self.net()

        chosen = {} if getattr(settings, "epochs", 1) else {"epochs": 3}
        common = {"recipe": self.name, "network": self.name, "model": model, "sets": sets, "metric": None, "spec": {},
                  "preview": lambda split, i: {"id": split.ids[i]}, "chosen": chosen}
        return Task(**common | self.task(settings, sets))  # type: ignore[arg-type]

    def restore(self, run: RunFolder, *, network: str = "") -> Restored:
        made = self.prepare(self.Settings())
        example, _ = read(made.sets["test"].examples, torch.tensor([0]))
        return Restored(made.model(), partial(_first_of_test, made), made.predict, made.classes, example)


def _first_of_test(task: Task, inputs: Any) -> NewInputs:
    """New inputs of a miniature are the first few of its test set."""
    some = task.sets["test"].take(range(int(inputs)))
    return NewInputs(some.ids, some.examples)


# ---------------------------------------------------------------------------------------------------------------- boxes


class Boxes(Mini):
    """Pictures with one or two bright squares of 2 × 2; a grid of 4 × 4 cells says where."""

    name = "mini-boxes"

    def net(self) -> nn.Module:
        return nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 1, 2, stride=2))

    def rows(self, m: int, generator: torch.Generator) -> tuple[Dataset[Batch], list[Any]]:
        x, boxes = 0.1 * torch.rand(m, 1, 8, 8, generator=generator), []
        for i in range(m):
            cells = torch.randperm(16, generator=generator)[: 1 + i % 2]
            boxes.append(torch.stack([2 * (cells % 4), 2 * (cells // 4)], dim=1))  # x, y of the upper left corner
            for left, top in boxes[-1].tolist():
                x[i, 0, top:top + 2, left:left + 2] = 1
        return TreeDataset((x, boxes)), [sorted(map(tuple, one.tolist())) for one in boxes]

    def task(self, settings: Any, sets: dict[str, Split]) -> dict[str, Any]:
        def grid(z: Tensor, boxes: list[Tensor]) -> Tensor:
            y = torch.zeros_like(z)
            for i, box in enumerate(boxes):
                y[i, 0, box[:, 1] // 2, box[:, 0] // 2] = 1
            return y

        def flip(batch: Batch) -> Batch:
            x, boxes = batch
            if torch.rand(()) < 0.5:
                return x, boxes
            return x.flip(3), [torch.stack([6 - box[:, 0], box[:, 1]], dim=1) for box in boxes]

        def decode(model: nn.Module, batch: Batch, z: Tensor) -> list[list[tuple[int, int]]]:
            return [sorted((2 * c, 2 * r) for r, c in (one[0] > 0).nonzero().tolist()) for one in z]

        f1 = Ratio("box F1", lambda t, p: (2 * len({*map(tuple, t)} & {*map(tuple, p)}), len(t) + len(p)), "higher",
                   unit="picture")
        return {"loss_fn": lambda z, boxes: F.binary_cross_entropy_with_logits(z, grid(z, boxes)), "predict": decode,
                "metric": f1, "augment": flip, "expected_cost": 0.69}


# --------------------------------------------------------------------------------------------------------------- points


class Points(Mini):
    """Pictures with one bright spot; the answer is where, in pixels."""

    name = "mini-points"

    def net(self) -> nn.Module:
        return nn.Sequential(nn.Flatten(), nn.Linear(36, 16), nn.Tanh(), nn.Linear(16, 2))

    def rows(self, m: int, generator: torch.Generator) -> tuple[Dataset[Batch], list[Any]]:
        at = torch.randint(0, 6, (m, 2), generator=generator)
        x = torch.zeros(m, 1, 6, 6)
        x[torch.arange(m), 0, at[:, 1], at[:, 0]] = 1
        return TensorDataset(x, at.float()), at.tolist()  # type: ignore[return-value]

    def task(self, settings: Any, sets: dict[str, Split]) -> dict[str, Any]:
        distance = Ratio("mean distance", lambda t, p: (float(np.hypot(*np.subtract(t, p))), 1), scale="number",
                         unit="picture", worth=0.1)
        return {"loss_fn": F.mse_loss, "predict": lambda model, batch, z: z, "metric": distance}


# ---------------------------------------------------------------------------------------------------------------- pairs


class Pairs(Mini):
    """Points of six people; an embedding in which one's own are near: triplets are mined in the mini-batch."""

    name = "mini-pairs"

    def net(self) -> nn.Module:
        return nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 3))

    def rows(self, m: int, generator: torch.Generator) -> tuple[Dataset[Batch], list[Any]]:
        person = torch.arange(m) % 6
        centre = torch.randn(6, 4, generator=torch.Generator().manual_seed(9))
        x = centre[person] + 0.7 * torch.randn(m, 4, generator=generator)
        return TensorDataset(x, person), person.tolist()  # type: ignore[return-value]

    def task(self, settings: Any, sets: dict[str, Split]) -> dict[str, Any]:
        @of_whole_batch
        def hardest(z: Tensor, person: Tensor) -> Tensor:
            d = (z[:, None] - z[None]).square().sum(2)
            same = person[:, None] == person[None]
            return (d.masked_fill(~same, 0).amax(1) - d.masked_fill(same, 1e9).amin(1) + 1).relu().mean()

        def parts(truth: Sequence[Any], predicted: Sequence[Any]) -> Any:
            z = np.asarray(predicted, dtype=np.float64)
            d = ((z[:, None] - z[None]) ** 2).sum(2) + np.diag(np.full(len(z), np.inf))
            return np.stack([np.asarray(truth)[d.argmin(1)] != np.asarray(truth), np.ones(len(z))], 1).astype(float)

        nearest = Ratio("1-NN error", lambda t, p: (0, 0), unit="picture")
        object.__setattr__(nearest, "parts", parts)
        people = of_each([int(person) for person in sets["train"].truth], classes=4, examples=3, seed=settings.seed)
        return {"loss_fn": hardest, "predict": lambda model, batch, z: z, "metric": nearest, "order": people}


# ----------------------------------------------------------------------------------------------------------------- tags


class Tagger(nn.Module):
    """Sentences of any length, one list entry each; a tag of two for every word."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.out = nn.Embedding(12, 6), nn.Linear(6, 2)

    def forward(self, sentences: list[Tensor]) -> list[Tensor]:
        z = self.out(self.words(torch.cat(sentences)))
        return list(z.split([len(one) for one in sentences]))


class Tags(Mini):
    """Ragged sentences; a word's tag is whether its number is odd; the cost is a mean over words."""

    name = "mini-tags"

    def net(self) -> nn.Module:
        return Tagger()

    def rows(self, m: int, generator: torch.Generator) -> tuple[Dataset[Batch], list[Any]]:
        sentences = [torch.randint(0, 12, (1 + i % 7,), generator=generator) for i in range(m)]
        tags = [one % 2 for one in sentences]
        return TreeDataset((sentences, tags)), [one.tolist() for one in tags]

    def task(self, settings: Any, sets: dict[str, Split]) -> dict[str, Any]:
        wrong = Ratio("tag error", lambda t, p: (sum(a != b for a, b in zip(t, p, strict=True)), len(t)),
                      unit="sentence")
        return {
            "loss_fn": lambda z, tags: F.cross_entropy(torch.cat(z), torch.cat(tags)),
            "num_items": lambda tags: sum(map(len, tags)),
            "predict": lambda model, batch, z: [one.argmax(1).tolist() for one in z],
            "metric": wrong, "expected_cost": 0.69,
            "order": by_length([len(one) for one in sets["train"].truth], tokens=32, seed=settings.seed),
        }


# ------------------------------------------------------------------------------------------------------- language model


class Writer(nn.Module):
    """The next of five letters."""

    def __init__(self) -> None:
        super().__init__()
        self.letters, self.cell, self.out = nn.Embedding(5, 8), nn.GRU(8, 8, batch_first=True), nn.Linear(8, 5)

    def forward(self, ids: Tensor) -> Tensor:
        return self.out(self.cell(self.letters(ids))[0])


class Language(Mini):
    """A stream of letters in blocks, as it goes on; each block answers with its cost and how many letters it is of."""

    name = "mini-language"

    def net(self) -> nn.Module:
        return Writer()

    def rows(self, m: int, generator: torch.Generator) -> tuple[Dataset[Batch], list[Any]]:
        stream = (torch.arange(6 * m + 1) + (torch.rand(6 * m + 1, generator=generator) < 0.1).cumsum(0)) % 5
        return TensorDataset(stream[:-1].reshape(m, 6), stream[1:].reshape(m, 6)), [None] * m  # type: ignore[return-value]

    def task(self, settings: Any, sets: dict[str, Split]) -> dict[str, Any]:
        def blocks(model: nn.Module, batch: Batch, z: Tensor) -> list[tuple[float, int]]:
            costs = F.cross_entropy(z.flatten(0, 1), batch[1].flatten(), reduction="none").reshape(batch[1].shape)
            return [(one.sum().item(), len(one)) for one in costs]

        return {"loss_fn": lambda z, y: F.cross_entropy(z.flatten(0, 1), y.flatten()), "num_items": Tensor.numel,
                "predict": blocks, "metric": Perplexity(), "order": consecutive(len(sets["train"]), 8)}


# ---------------------------------------------------------------------------------------------------- source and target


class Translator(nn.Module):
    """Target letters from source letters, each place by itself, and the target letter before."""

    def __init__(self) -> None:
        super().__init__()
        self.source, self.before, self.out = nn.Embedding(5, 8), nn.Embedding(6, 8), nn.Linear(8, 5)

    def forward(self, source: Tensor, target_in: Tensor) -> Tensor:
        return self.out(torch.tanh(self.source(source) + self.before(target_in)))


class Pair(Mini):
    """Words of four letters and the same one letter on; the model sees the target so far, and answers without it."""

    name = "mini-translate"

    def net(self) -> nn.Module:
        return Translator()

    def rows(self, m: int, generator: torch.Generator) -> tuple[Dataset[Batch], list[Any]]:
        source = torch.randint(0, 5, (m, 4), generator=generator)
        target = (source + 1) % 5
        before = F.pad(target[:, :-1], (1, 0), value=5)
        return TensorDataset(source, before, target), target.tolist()  # type: ignore[return-value]

    def task(self, settings: Any, sets: dict[str, Split]) -> dict[str, Any]:
        def greedy(model: nn.Module, batch: Batch, z: Tensor) -> list[list[int]]:
            source = batch[0][0]
            said = torch.full((len(source), 1), 5, device=source.device)
            for t in range(4):
                said = torch.cat([said, model(source[:, : t + 1], said)[:, -1:].argmax(2)], dim=1)
            return said[:, 1:].tolist()

        match = Ratio("BLEU", lambda t, p: (100.0 * (t == p), 1), "higher", "number", "sentence", 1.0)
        return {"loss_fn": lambda z, y: F.cross_entropy(z.flatten(0, 1), y.flatten()), "num_items": Tensor.numel,
                "predict": greedy, "metric": match, "judge_every": 2, "judge_most": 10}


# -------------------------------------------------------------------------------------------------------- masked tokens


def masked(batch: Batch, generator: torch.Generator | None = None) -> Batch:
    """A third of the letters hidden behind 5, and only those asked for."""
    ids, _ = batch
    hidden = torch.rand(ids.shape, generator=generator) < 0.34
    return ids.masked_fill(hidden, 5), ids.masked_fill(~hidden, IGNORED)


class Masked(Mini):
    """Letters in a row that counts on; which are hidden is drawn anew at each step, for dev once."""

    name = "mini-masked"

    def net(self) -> nn.Module:
        return nn.Sequential(nn.Embedding(6, 8), nn.Flatten(1), nn.Linear(48, 30), nn.Unflatten(1, (6, 5)))

    def rows(self, m: int, generator: torch.Generator) -> tuple[Dataset[Batch], list[Any]]:
        ids = (torch.randint(0, 5, (m, 1), generator=generator) + torch.arange(6)) % 5
        inputs, targets = masked((ids, None), generator)
        return TensorDataset(inputs if m < 48 else ids, targets if m < 48 else ids), targets.tolist()  # type: ignore[return-value]

    def task(self, settings: Any, sets: dict[str, Split]) -> dict[str, Any]:
        wrong = Ratio("masked error", lambda t, p: (sum(a not in (b, IGNORED) for a, b in zip(t, p, strict=True)),
                                                    sum(a != IGNORED for a in t)), unit="sentence")
        return {
            "loss_fn": lambda z, y: F.cross_entropy(z.flatten(0, 1), y.flatten(), ignore_index=IGNORED),
            "num_items": lambda y: (y != IGNORED).sum(), "augment": masked, "metric": wrong,
            "predict": lambda model, batch, z: z.argmax(2).tolist(),
        }


# ------------------------------------------------------------------------------------------------ a trainer of its own


class Vectors:
    """Word vectors: the singular vectors of how often letters stand side by side. No epochs, no gradient, no metric."""

    name = "mini-vectors"
    NETWORKS: ClassVar[dict[str, Network]] = {}

    @dataclass(frozen=True, kw_only=True)
    class Settings(Common):
        data: str = setting("made", "Nothing is read.")

    about = Mini.about

    def prepare(self, settings: Any, *, progress: Any = None) -> Task:
        corpus = ["the", "cat", "sat", "on", "the", "mat", "the", "dog", "sat", "on", "the", "cat"]
        return Task(self.name, self.name, nn.Module, {}, F.mse_loss, lambda *_: (), None, {"words": sorted({*corpus})},
                    lambda split, i: {}, trainer=partial(self.train, corpus))

    @staticmethod
    def train(corpus: list[str], task: Task, settings: Any, run: RunFolder | None, watcher: Any, resume: bool) -> Any:
        place = {word: k for k, word in enumerate(task.spec["words"])}
        counts = np.zeros((len(place), len(place)))
        for a, b in pairwise(corpus):
            counts[place[a], place[b]] += 1
        vectors = np.linalg.svd(np.log1p(counts + counts.T))[0][:, :2]

        def save(run: RunFolder) -> None:
            run.write("vectors.json", str(vectors.round(6).tolist()))

        return SimpleNamespace(save=save, facts=lambda: {"words": len(place)}, vectors=vectors)

    def restore(self, run: RunFolder, *, network: str = "") -> Restored:
        raise NotImplementedError

    def load(self, run: RunFolder) -> Any:
        return SimpleNamespace(run=run, vectors=np.array(json.loads((run.path / "vectors.json").read_text())))


MINIS: tuple[Any, ...] = (Boxes(), Points(), Pairs(), Tags(), Language(), Pair(), Masked())
OWN = Vectors()
