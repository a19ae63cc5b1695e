"""The two languages."""

import threading

import pytest

from wengu.core import words


@pytest.fixture(autouse=True)
def english_after() -> object:
    yield
    words.use_language("en")


@pytest.mark.parametrize(("environment", "spoken"), [
    ({"LANG": "zh_CN.UTF-8"}, "zh"), ({"LANG": "en_GB.UTF-8"}, "en"), ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"), ({}, "en"),
])
def test_the_environment_chooses(environment: dict[str, str], spoken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert words.language_of_environment() == spoken


def test_a_sentence_in_both_languages() -> None:
    text = "{name}: expected a number above 0, got {got}"
    assert words.say(text, name="lr", got=-1) == "lr: expected a number above 0, got -1"
    words.use_language("zh")
    assert words.say(text, name="lr", got=-1) == "lr：应为大于 0 的数，得到 -1"


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match="expected one of en, zh"):
        words.use_language("fr")  # type: ignore[arg-type]


def test_a_language_may_be_spoken_in_one_thread_alone() -> None:
    seen = []
    with words.speaking("zh"):
        other = threading.Thread(target=lambda: seen.append(words.language()))
        other.start()
        other.join()
        assert (words.language(), seen) == ("zh", ["en"])
    assert words.language() == "en"
