"""Miniatures of language: ragged tags, a language model, source and target, masked tokens that are drawn with the inputs,
and word vectors with a trainer of their own."""

from __future__ import annotations

import json
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

from tests.contracts.minis.mini import Mini, Ratio
from wengu.core.batches import Batch, TreeDataset
from wengu.core.run_folder import RunFolder
from wengu.practice import Perplexity
from wengu.recipes import Network
from wengu.recipes.settings import Common, setting
from wengu.recipes.task import Split, Task
from wengu.training import by_length, consecutive

IGNORED = -100


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
        return Task(self.name, self.name, nn.Module, {}, F.mse_loss, lambda *_: (), spec={"words": sorted({*corpus})},
                    trainer=partial(self.train, corpus))

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

    def load(self, run: RunFolder) -> Any:
        return SimpleNamespace(run=run, vectors=np.array(json.loads((run.path / "vectors.json").read_text())))
