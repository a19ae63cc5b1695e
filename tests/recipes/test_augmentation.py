"""Which changes training pictures get, and that a run with all of them is resumed as if it had never stopped."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from tests.training.digits import PressesAt, weights
from wengu.core.batches import Batch
from wengu.core.checks import InputError
from wengu.core.run_folder import RunFolder
from wengu.recipes import recipe, settings_of
from wengu.recipes.augmentation import ORDER, augmentation, has_a_side, ordered, suited
from wengu.recipes.balance import ClassLoss
from wengu.training import fit
from wengu.vision.augment import Compose, RandomChoice

DIGITS = tuple("0123456789")
ALL = "+".join(ORDER)


@pytest.mark.parametrize(("data", "classes", "channels", "size", "expected"), [
    ("sample", ("Trouser", "Bag"), 1, (28, 28), "shift+flip"),  # the catalogue says that a mirrored shoe is one
    ("cifar10", ("cat", "dog"), 3, (32, 32), "crop+flip"), ("gcompris-photos", ("tools",), 3, (160, 160), "crop+flip"),
    ("mnist", DIGITS, 1, (28, 28), "shift"), ("digits", DIGITS, 1, (8, 8), "shift"),
    ("scans/", ("ill", "well"), 1, (64, 64), "shift"), ("pets/", ("cat", "dog"), 3, (64, 64), "crop+flip"),
    ("icons/", ("cat", "dog"), 3, (16, 64), "shift+flip"), ("plates/", ("7", "eleven"), 3, (64, 64), "crop"),
    ("signs/", ("turn_left", "stop"), 3, (64, 64), "crop"), ("numbers/", ("a", "b"), 3, (20, 20), "shift"),
])  # fmt: skip
def test_what_suits_the_data(data: str, classes: tuple[str, ...], channels: int, size: tuple[int, int], expected: str) -> None:
    assert suited(data, classes, channels, size) == expected


def test_names_that_have_a_side() -> None:
    assert all(map(has_a_side, ("0", "12", "z", "字", "Left", "digit_3", "right-hand", "左转", "nine")))
    assert not any(map(has_a_side, ("cat", "leftover", "bright", "T-shirt/top", "n01440764", "tench")))


def test_settings_name_them_in_any_order() -> None:
    assert settings_of("pictures", {"augment": "mixup+flip+shift"}).augment == "shift+flip+mixup"
    assert [settings_of("pictures", {"augment": one}).augment for one in ("auto", "none", "shift", "shift+flip")] == [
        "auto", "none", "shift", "shift+flip"]  # as runs of before have them
    assert ordered("+".join(reversed(ORDER))) == ALL


@pytest.mark.parametrize(("text", "message"), [
    ("color", "augment: 'color' is unknown; did you mean colour?"), ("", "augment: '' is unknown"),
    ("flip+flip", "augment: expected every change once, got flip more than once"),
    ("none+flip", "augment: none goes with no other"), ("shift flip", "augment: 'shift flip' is unknown"),
])  # fmt: skip
def test_what_cannot_be_is_refused(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message.replace("?", r"\?")):
        settings_of("pictures", {"augment": text})


def test_of_mixup_and_cutmix_a_mini_batch_gets_one() -> None:
    made = augmentation(ALL, classes=10)
    assert isinstance(made, Compose) and isinstance(made.parts[-1], RandomChoice) and len(made.parts) == len(ORDER) - 1
    assert augmentation("none", classes=10) is None


def test_the_task_changes_training_pictures_and_says_what_auto_became() -> None:
    task = recipe("pictures").prepare(settings_of("pictures", {}))
    assert task.chosen == {"augment": "shift+flip"} and isinstance(task.augment, Compose)
    mixing = recipe("pictures").prepare(settings_of("pictures", {"augment": "cutmix"}))
    assert mixing.chosen == {} and mixing.augment is not None
    x, y = task.sets["train"].examples[:8]
    _, q = mixing.augment((x, y))
    assert q.shape == (8, 10) and torch.isfinite(mixing.loss_fn(torch.randn(8, 10), q))


def test_a_resumed_run_gives_the_very_same_weights(tmp_path: Path) -> None:
    """All changes at once, labels smoothed, in micro-batches, stopped in mid-epoch."""
    generator = torch.Generator().manual_seed(0)
    x, y = torch.randint(256, (90, 3, 8, 8), generator=generator, dtype=torch.uint8), torch.arange(90) % 5
    change = augmentation(ALL, classes=5)
    assert change is not None

    class Floats(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x.float() / 255

    def trained(name: str, presses: PressesAt | None = None, *, resume: bool = False) -> torch.Tensor:
        torch.manual_seed(0)
        model = nn.Sequential(Floats(), nn.Flatten(), nn.Linear(192, 5))
        run = RunFolder(tmp_path / name) if resume else RunFolder.create(tmp_path / name)

        def augment(batch: Batch) -> Batch:
            return change(batch if presses is None else presses(batch))  # type: ignore[misc]

        result = fit(model, (x, y), (x, y), loss_fn=ClassLoss(0.1), run=run, epochs=3, batch_size=16, micro_batch=5,
                     augment=augment, resume=resume)
        assert result.stopped == ("interrupted" if presses else "epochs")
        return weights(result.model)

    whole = trained("whole")
    trained("cut", PressesAt(9))
    assert torch.equal(trained("cut", resume=True), whole)


def test_a_run_answers_by_the_views_that_it_was_told(tmp_path: Path) -> None:
    """In training, in the ledger, and where its folder is loaded."""
    import wengu

    made = wengu.fit("lenet5", data="sample", epochs=1, train_examples=100, tta="flip", augment="none", name="views",
                     runs=tmp_path, quiet=True)
    trained = wengu.load(made.path)
    x = torch.randint(256, (5, 28, 28), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    with torch.inference_mode():
        expected = sum(torch.softmax(trained.model(one[:, None]), 1) for one in (x, x.flip(2))) / 2
    assert trained.predict(x.numpy()).probabilities == pytest.approx(expected.numpy(), abs=1e-6)  # type: ignore[union-attr]
    plain = torch.softmax(trained.model(x[:, None]), 1)
    assert (plain - expected).abs().max() > 1e-3
    rows = (made.path / "predictions" / "dev.csv").read_text(encoding="utf-8").splitlines()
    assert len(rows) == 1201 and trained.run.facts()["spec"]["tta"] == "flip"  # type: ignore[union-attr]
