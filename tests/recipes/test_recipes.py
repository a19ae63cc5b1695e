"""The recipes' contract: what every recipe makes, and what its model gives back after loading."""

from pathlib import Path
from typing import get_args, get_type_hints

import numpy as np
import pytest
import torch

from wengu.core.checks import InputError
from wengu.core.run_folder import RunFolder
from wengu.recipes import recipe, resolve, settings_of


@pytest.fixture(params=["lenet5", "softmax"])
def task(request: pytest.FixtureRequest, photos: Path, iris: Path) -> object:
    kind, implied = resolve(request.param)
    data = {"data": str(photos)} if kind == "pictures" else {"data": str(iris), "target": "species"}
    return recipe(kind).prepare(settings_of(kind, {**implied, **data}))


def test_a_task_is_whole(task: object) -> None:
    sets = task.sets  # type: ignore[attr-defined]
    assert set(sets) == {"train", "dev", "test"}
    ids = [i for part in sets.values() for i in part.ids]
    assert len(ids) == len(set(ids)) == sum(len(part.truth) for part in sets.values())
    for part in sets.values():
        assert len(part.examples) == len(part.truth) == len(part)
        x, y = part.examples[len(part) - 1]
        last = part.take([len(part) - 1])
        assert torch.equal(last.examples[0][0], x) and list(last.truth) == [y] and last.ids == part.ids[-1:]


def test_the_spec_is_json_and_makes_the_same_network(task: object) -> None:
    """Bit for bit, with the very tensors: another layout of the same weights has other kernels, and other last digits."""
    import json

    spec, model = json.loads(json.dumps(task.spec)), task.model()  # type: ignore[attr-defined]
    again = recipe(task.recipe).model_of(task.network, spec)  # type: ignore[attr-defined]
    again.load_state_dict(model.state_dict(), assign=True)
    x = task.sets["dev"].examples.tensors[0]  # type: ignore[attr-defined]
    torch.testing.assert_close(again.eval()(x), model.eval()(x), rtol=0, atol=0)


def test_every_model_of_a_task_is_a_fresh_one_with_the_same_weights(task: object) -> None:
    one, two = task.model(), task.model()  # type: ignore[attr-defined]
    for (name, a), b in zip(one.state_dict().items(), two.state_dict().values(), strict=True):
        assert torch.equal(a, b) and (not a.numel() or a.data_ptr() != b.data_ptr()), name


def test_inputs_are_normalised_by_the_training_set(task: object) -> None:
    """Authority: the definition of row 15.9, in float64 by numpy."""
    x = task.sets["train"].examples.tensors[0]  # type: ignore[attr-defined]
    z = task.model()[0](x).double().numpy()  # type: ignore[attr-defined]
    axes = tuple(d for d in range(z.ndim) if d != 1)
    np.testing.assert_allclose(z.mean(axis=axes), 0, atol=1e-5)
    np.testing.assert_allclose(z.std(axis=axes), 1, atol=1e-5)


def test_the_metric_is_the_one_that_is_asked_for(photos: Path) -> None:
    from wengu.practice import METRICS
    from wengu.recipes.settings import Classification

    assert get_args(get_type_hints(Classification)["metric"]) == tuple(METRICS)
    for name in METRICS:
        task = recipe("pictures").prepare(settings_of("pictures", {"data": str(photos), "metric": name}))
        assert task.metric is not None and task.metric.name.lower().replace(" ", "-") == name


def test_a_recipe_has_no_unknown_setting() -> None:
    with pytest.raises(InputError, match=r"setting: 'epoch' is unknown; did you mean epochs"):
        settings_of("pictures", {"epoch": 3})
    with pytest.raises(InputError, match="decay: 'cosin' is unknown; did you mean cosine"):
        settings_of("pictures", {"decay": "cosin"})
    with pytest.raises(InputError, match="human: expected a rate from 0 to 1"):
        settings_of("table", {"human": 5})
    with pytest.raises(InputError, match="warm_up: expected at most the 10 epochs of training, got 12: α would never be reached"):
        settings_of("table", {"warm_up": 12, "epochs": 10})
    assert settings_of("table", {"warm_up": 10, "epochs": 10}).warm_up == 10


@pytest.mark.parametrize(("setting", "message"), [
    ({"epochs": 1.5}, "epochs: expected a whole number, got 1.5"),
    ({"epochs": True}, "epochs: expected a whole number, got True"),
    ({"batch_size": "64"}, "batch_size: expected a whole number, got '64'"),
    ({"lr": "fast"}, "lr: expected a number, got 'fast'"),
    ({"batch_size": None}, "batch_size: expected a whole number, got None"),
    ({"optim": "adam w"}, "optim: 'adam w' is unknown; did you mean adamw"),
    ({"dropout": 1.0}, "dropout: expected a number from 0 to below 1, got 1.0"),
    ({"beta1": 0.9, "optim": "rmsprop"}, "beta1: rmsprop does not take it; momentum, adam, adamw would"),
    ({"decay_every": 5}, "decay_every: cosine does not take it; staircase would"),
    ({"l1": -1.0}, "l1: expected a number of at least 0, got -1.0"),
    ({"decay": 3}, "decay: '3' is unknown.*constant, cosine"),
    ({"data": 3}, "data: expected text, got 3"),
])
def test_a_setting_of_another_kind_is_refused(setting: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        settings_of("pictures", setting)


def test_settings_of_older_runs_have_their_names_now(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "old", settings={"average": 0.9, "monitor": "error"}, came_from={"average": "flag"})
    assert run.settings() == ({"ema": 0.9, "monitor": "metric"}, {"ema": "flag"})
    chosen = settings_of("pictures", {"average": 0.9, "monitor": "error"})
    assert (chosen.ema, chosen.monitor) == (0.9, "metric")


def test_settings_take_what_means_the_same() -> None:
    chosen = settings_of("pictures", {"data": Path("photos"), "epochs": np.int64(3), "lr": 1, "human": None})
    assert (chosen.data, chosen.epochs, chosen.lr, chosen.human) == ("photos", 3, 1.0, None)
    assert type(chosen.epochs) is int and type(chosen.lr) is float
    assert settings_of("table", {"ignore": ["a", "b"]}).ignore == ("a", "b")
