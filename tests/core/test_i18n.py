"""The two languages."""

import threading

import pytest

from wengu.core import i18n


@pytest.fixture(autouse=True)
def english_after() -> object:
    yield
    i18n.use_language("en")


@pytest.mark.parametrize(("environment", "spoken"), [
    ({"LANG": "zh_CN.UTF-8"}, "zh"), ({"LANG": "en_GB.UTF-8"}, "en"), ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"), ({}, "en"),
])
def test_the_environment_chooses(environment: dict[str, str], spoken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert i18n.language_of_environment() == spoken


def test_a_sentence_in_both_languages() -> None:
    text = "{name}: expected a number above 0, got {got}"
    assert i18n.say(text, name="lr", got=-1) == "lr: expected a number above 0, got -1"
    i18n.use_language("zh")
    assert i18n.say(text, name="lr", got=-1) == "lr：应为大于 0 的数，得到 -1"


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match="expected one of en, zh"):
        i18n.use_language("fr")  # type: ignore[arg-type]


def test_a_language_may_be_spoken_in_one_thread_alone() -> None:
    seen = []
    with i18n.speaking("zh"):
        other = threading.Thread(target=lambda: seen.append(i18n.language()))
        other.start()
        other.join()
        assert (i18n.language(), seen) == ("zh", ["en"])
    assert i18n.language() == "en"
