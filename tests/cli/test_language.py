"""The two languages on the command line: pages of help, mistakes, and which language is spoken."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from cyclopts import App

from tests.cli.conftest import Wengu
from wengu.cli.main import _app
from wengu.core.i18n import LANGUAGES
from wengu.recipes.registry import networks


def _pages(app: App, *words: str) -> Iterator[tuple[str, ...]]:
    """The words that name every command, the root first."""
    yield words
    for name in app:
        if name not in ("--help", "-h", "--version"):
            yield from _pages(app[name], *words, name)


PAGES = list(_pages(_app()))


# ----------------------------------------------------------------------------------------------------------------- help


def test_pages_are_found() -> None:
    assert {(), ("fit", "lenet5"), ("data", "get"), ("explain",), ("--install-completion",)} <= set(PAGES)


@pytest.mark.parametrize("page", PAGES, ids="-".join)
def test_a_chinese_page_of_help_is_chinese_throughout(wengu: Wengu, page: tuple[str, ...]) -> None:
    out = " ".join(wengu(*page, "--help", "--lang", "zh").out.split())
    assert out.startswith(f"用法：{' '.join(('wengu', *page))} ")
    english = "Usage|Arguments|Options|Commands|COMMAND|OPTIONS|ARGS|CHOICE|PATH|STR|INT|FLOAT|default|choices|required|env var"
    assert not re.findall(rf"\b({english})\b", out)
    code = re.compile(rf"`[^`]*`|wengu fit lenet5|^用法：\S+ \S+ \S+|\b({'|'.join(networks())})\b")
    assert not re.findall(r"[A-Za-z']{2,},? [a-z']{2,},? [a-z']{2,}", re.sub(r"\[可选：.*?]", "", code.sub("", out)))


@pytest.mark.parametrize(("page", "english", "chinese"), [
    ((), "Usage: wengu COMMAND [OPTIONS]", "用法：wengu 命令 [选项]"),
    (("predict",), "Usage: wengu predict [OPTIONS] RUN [ARGS...]", "用法：wengu predict [选项] RUN [参数...]"),
    (("predict",), "─ Arguments ─", "─ 参数 ─"),
    (("predict",), "*  RUN     The run's folder, or published weights by name: ", "*  RUN     运行的文件夹，或按名称给出公开的权重："),
    (("data", "get"), "─ Arguments ─", "─ 参数 ─"),
    (("fit", "lenet5"), "--runs PATH ", "--runs 路径 "),
    (("fit", "lenet5"), "[choices: cost, metric] [default: cost]", "[可选：cost, metric] [默认：cost]"),
    (("explain",), "A row's number (2.11)", "条目的编号（2.11）"),
])
def test_what_a_page_of_help_says(wengu: Wengu, page: tuple[str, ...], english: str, chinese: str) -> None:
    assert english in wengu(*page, "--help").out
    assert chinese in wengu(*page, "--help", "--lang", "zh").out


def test_help_names_the_environment_once_with_and_without_its_flag(wengu: Wengu) -> None:
    asked, alone = wengu("--help").out, wengu().out
    assert asked == alone
    assert asked.count("[env var: WENGU_CONFIG]") == asked.count("[env var: WENGU_LANG]") == 1


# ------------------------------------------------------------------------------------------------------------- mistakes

MISTAKES = [
    ("fit lenet5 --lrr=3", "--lrr is unknown; did you mean --lr? `wengu fit lenet5 --help` lists the options",
     "不认识 --lrr；是不是 --lr？用 `wengu fit lenet5 --help` 查看全部选项"),
    ("data list --confg x", "--confg is unknown; did you mean --config?", "不认识 --confg；是不是 --config？"),
    ("explain --xyz", "--xyz is unknown. `wengu explain --help`", "不认识 --xyz。用 `wengu explain --help`"),
    ("--versio", "--versio is unknown; did you mean --version?", "不认识 --versio；是不是 --version？"),
    ("ft", "`wengu ft` is unknown; did you mean fit? Choose from: fit, predict,",
     "不认识 `wengu ft`；是不是 fit？可用的有：fit, predict,"),
    ("fit lenet6", "`wengu fit lenet6` is unknown; did you mean lenet5? Choose from: pictures,",
     "不认识 `wengu fit lenet6`；是不是 lenet5？可用的有：pictures,"),
    ("predict", "RUN: expected a value, got none; `wengu predict --help` tells more",
     "RUN：应给出一个值，却没有给；用法见 `wengu predict --help`"),
    ("fit lenet5 --lr --seed 1", "--lr: expected a value, got none", "--lr：应给出一个值，却没有给"),
    ("--config", "--config: expected a value, got none; `wengu --help`", "--config：应给出一个值，却没有给"),
    ("fit lenet5 --lr fast", "--lr: expected a number, got 'fast'", "--lr：应为一个数，得到 'fast'"),
    ("fit lenet5 --epochs all", "--epochs: expected a whole number, got 'all'", "--epochs：应为一个整数，得到 'all'"),
    ("fit lenet5 --resume=maybe", "--resume: expected true or false, got 'maybe'",
     "--resume：应为是非值（true 或 false），得到 'maybe'"),
    ("fit lenet5 --decay cosin", "--decay: 'cosin' is unknown; did you mean cosine? Choose from: constant, by-epoch",
     "--decay：不认识 'cosin'；是不是 cosine？"),
    ("fit lenet5 --lr 1 --lr 2", "--lr: given twice; give it once", "--lr：只能给一次，却重复给出"),
    ("diagnose a b c", "expected no more words, got 'b', 'c'; `wengu diagnose --help`", "后面不应再有别的词，得到 'b', 'c'"),
]


@pytest.mark.parametrize(("line", "english", "chinese"), MISTAKES, ids=[line for line, *_ in MISTAKES])
def test_a_mistake_is_told_in_the_language_spoken(wengu: Wengu, line: str, english: str, chinese: str) -> None:
    for said, expected in ((wengu(*line.split()), english), (wengu("--lang=zh", *line.split()), chinese)):
        assert said.code == 2
        assert said.err.startswith(f"wengu: {expected}") and said.err.count("\n") == 1


def test_a_mistake_in_the_environment_or_a_file_says_where(wengu: Wengu, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("mine.toml").write_text("batch_siz = 3")
    assert wengu("fit", "lenet5", "--config", "mine.toml").err.startswith(
        "wengu: mine.toml: batch_siz is unknown; did you mean batch_size?"
    )
    Path("mine.toml").write_text("lr = 'fast'")
    assert wengu("fit", "lenet5", "--config", "mine.toml").err == "wengu: mine.toml: lr: expected a number, got 'fast'\n"
    monkeypatch.setenv("WENGU_LR", "fast")
    assert wengu("fit", "lenet5").err == "wengu: WENGU_LR: expected a number, got 'fast'\n"


# ---------------------------------------------------------------------------------------------------------- environment


@pytest.mark.parametrize(("lang", "own", "flag", "spoken"), [
    ("zh_CN.UTF-8", None, None, "zh"), ("C", None, None, "en"),
    ("C", "zh", None, "zh"), ("zh_CN.UTF-8", "en", None, "en"),
    ("C", "zh", "en", "en"), ("C", "en", "zh", "zh"), ("C", "fr", "zh", "zh"),
])
def test_the_flag_wins_over_our_variable_and_that_over_lang(
    wengu: Wengu, monkeypatch: pytest.MonkeyPatch, lang: str, own: str | None, flag: str | None, spoken: str
) -> None:
    monkeypatch.setenv("LANG", lang)
    if own:
        monkeypatch.setenv("WENGU_LANG", own)
    said = wengu("data", "list", *(("--lang", flag) if flag else ()))
    assert said.code == 0 and said.out.startswith({"en": "name ", "zh": "名称 "}[spoken])


def test_an_unknown_language_says_who_asked_for_it(wengu: Wengu, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WENGU_LANG", "fr")
    assert wengu("data", "list").err == "wengu: WENGU_LANG: expected en or zh, got 'fr'\n"
    assert wengu("data", "list", "--lang", "de").err == "wengu: --lang: expected en or zh, got 'de'\n"


def test_the_settings_file_of_the_environment_is_read_and_the_flag_wins(
    wengu: Wengu, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("own", "given"):
        Path(f"{name}.toml").write_text("nonsense = 1")
    monkeypatch.setenv("WENGU_CONFIG", "own.toml")
    assert wengu("fit", "lenet5").err.startswith("wengu: own.toml: nonsense is unknown")
    assert wengu("fit", "lenet5", "--config", "given.toml").err.startswith("wengu: given.toml: nonsense is unknown")


# ----------------------------------------------------------------------------------------------------------- completion


@pytest.mark.parametrize("language", LANGUAGES)
def test_completion_is_installed_and_says_where(
    wengu: Wengu, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, language: str
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    said = wengu("--install-completion", "--shell", "bash", "-o", "mine", "--lang", language)
    assert said.code == 0
    script = tmp_path / "mine"
    assert said.out == {"en": f"Completion is in {script}; every new shell loads it.\n",
                        "zh": f"补全脚本已写入 {script}；新开的外壳会自动加载。\n"}[language]
    assert "--weight-decay" in script.read_text()
    assert "mine" in (tmp_path / ".bashrc").read_text()
