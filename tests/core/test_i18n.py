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


@pytest.mark.parametrize(("n", "said"), [
    (0, "0 checks, opened 0 times"), (1, "1 check, opened once"), (2, "2 checks, opened 2 times"),
    ("1", "1 check, opened once"), ("1,000", "1,000 checks, opened 1,000 times"), (1.0, "1.0 checks, opened 1.0 times"),
])
def test_a_number_chooses_its_form(n: object, said: str) -> None:
    assert i18n.say("{n} {n:check|checks}, opened {n:once|{n} times}", n=n) == said


def test_chinese_has_one_form() -> None:
    i18n.use_language("zh")
    said = [i18n.say("{n} {n:check|checks} in {seconds:.1f} s: {failed} failed, {warn} to look at", n=n, seconds=1,
                     failed=0, warn=0) for n in (1, 2)]
    assert said == ["1 项检查，1.0 秒：0 项未通过，0 项需留意", "2 项检查，1.0 秒：0 项未通过，0 项需留意"]


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
