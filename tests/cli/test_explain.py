"""`wengu explain`: what it finds, what it shows, and that it stays light."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

import wengu.cli.explain
from tests.cli.conftest import Wengu
from tests.pace import slower
from wengu.cli.explain import explain
from wengu.core.checks import InputError
from wengu.core.i18n import LANGUAGES, Language, translated, use_language
from wengu.pages import page_of_row
from wengu.pages.plain_text import in_letters
from wengu.races import Raced, raced
from wengu.rows import Row, find, rows, suggestions
from wengu.source import locate

RUNNING = [row for row in rows().values() if row.status != "planned"]


@pytest.fixture(autouse=True)
def _english_afterwards() -> Iterator[None]:
    yield
    use_language("en")


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")


# ------------------------------------------------------------------------------------------------------------- finding


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        ("2.11", ["2.11"]), ("adam", ["2.11"]), ("ADAM", ["2.11"]),
        ("leaky-relu", ["1.4"]), ("leaky relu", ["1.4"]), ("leaky_relu", ["1.4"]), ("relu", ["1.3"]),
        ("lenet5", ["6.8"]), ("LeNet-5", ["6.8"]), ("lenet", ["6.8"]),
        ("softmax", ["5.2"]), ("beam", ["12.3"]), ("early stopping", ["4.5"]), ("提前停止", ["4.5"]),
        ("过拟合", ["15.4"]), ("overfitting", ["15.4"]), ("随机失活", ["4.4"]), ("he initialization", ["3.4"]),
        ("GRU", ["10.3", "10.4"]), ("bleu", ["12.6", "12.7"]), ("权重衰减", ["2.4"]), ("步幅", ["6.3"]),
        ("bert", ["14.1"]), ("9", ["9.1", "9.2", "9.3", "9.4"]), ("词嵌入", [f"11.{i}" for i in range(1, 8)]),
        *((word, ["6.14"]) for word in ("cam", "CAM", "grad-cam", "Grad CAM", "occlusion", "heatmap", "类激活图", "遮挡")),
        *((word, ["6.15"]) for word in ("augmentation", "flip", "random erasing", "randaugment", "数据增强", "翻转")),
        ("mixup", ["6.16"]), ("cutmix", ["6.16"]), ("混合样本", ["6.16"]), ("label smoothing", ["6.17"]), ("标签平滑", ["6.17"]),
        ("class weights", ["6.18"]), ("类别不平衡", ["6.18"]), ("tta", ["6.19"]), ("test-time averaging", ["6.19"]),
        ("2.1", ["2.1"]), ("2.", []), ("rop", []), ("(", []), ("", []),
    ],
)  # fmt: skip
def test_reader_s_word_finds_the_row(wanted: str, numbers: list[str]) -> None:
    assert [row.number for row in find(wanted)] == numbers


@pytest.mark.parametrize(
    ("slip", "meant"),
    [("sigmiod", "Sigmoid"), ("dorpout", "dropout"), ("softmx", "softmax"), ("过似合", "过拟合")],
)
def test_slip_brings_the_nearest_word_first(slip: str, meant: str) -> None:
    assert find(slip) == []
    assert suggestions(slip)[0] == meant


def test_unknown_word_is_an_error_that_proposes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InputError, match=r"got 'sigmiod'; did you mean Sigmoid\? `wengu explain` alone lists"):
        explain("sigmiod")
    with pytest.raises(InputError, match=r"got 'qqqqqqqq'\. `wengu explain`"):
        explain("qqqqqqqq")
    with pytest.raises(InputError, match="got 'qqqq qqqq'"):
        explain("qqqq", "qqqq")
    assert capsys.readouterr().out == ""


# ------------------------------------------------------------------------------------------------------------- showing


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_a_name_every_row_is_listed(language: Language, capsys: pytest.CaptureFixture[str]) -> None:
    use_language(language)
    explain()
    printed = capsys.readouterr().out
    lines = [line.split(maxsplit=2)[1:] for line in printed.splitlines() if line.startswith(("● ", "○ ", "+ "))]
    assert lines[: len(rows())] == [[row.number, row.name(language)] for row in rows().values()]
    assert f"{sum(not row.beyond for row in RUNNING)} " in printed.splitlines()[-1]
    assert {line.split()[1] for line in printed.splitlines() if line.startswith("+ ")} == {
        row.number for row in rows().values() if row.beyond}


def test_several_rows_are_listed_alone(capsys: pytest.CaptureFixture[str]) -> None:
    explain("gru")
    first, *others = capsys.readouterr().out.splitlines()
    assert first == "'gru' fits 2 rows; name one of them:"
    assert [line[2:] for line in others] == ["10.3  GRU, simplified", "10.4  GRU, full"]


def test_words_need_no_quotes(capsys: pytest.CaptureFixture[str]) -> None:
    explain("vanishing", "gradient")
    assert capsys.readouterr().out.startswith("2.5  Vanishing and exploding gradients")


def test_planned_row_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    planned = next(row for row in rows().values() if row.status == "planned")
    explain(planned.number)
    printed = capsys.readouterr().out
    assert "(planned)" in printed and planned.en in printed and planned.zh in printed


def test_what_the_notes_do_not_have_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    explain("grad-cam")
    assert re.match(r"6\.14 .* \(\w+, beyond the notes\)$", capsys.readouterr().out.splitlines()[0])
    explain("adam")
    assert "beyond" not in capsys.readouterr().out.splitlines()[0]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("row", RUNNING, ids=lambda row: row.number)
def test_running_row_shows_formula_code_and_test(
    row: Row, language: Language, narrow: None, capsys: pytest.CaptureFixture[str]
) -> None:
    use_language(language)
    explain(row.number)
    printed = capsys.readouterr().out
    assert printed.startswith(f"{row.number}  {row.name(language)}")
    assert "\x1b" not in printed, "piped output is plain text"
    assert row.test in printed and translated(row.authority) in printed
    for race in raced(row.benchmark):
        assert race.times in printed and translated(race.peer) in printed
    for public in row.objects:
        definition = locate(public)
        assert public.replace(":", ".") + "(" in printed
        assert definition.about.splitlines()[0] in printed
        for line in definition.code().splitlines():
            assert line in printed


@pytest.mark.parametrize("language", LANGUAGES)
def test_idea_of_the_page_comes_before_the_code(language: Language, capsys: pytest.CaptureFixture[str]) -> None:
    """The page's words without Markdown's marks, its formulas in letters, its figures left to the browser."""
    use_language(language)
    explain("1.1")
    printed = capsys.readouterr().out
    page = page_of_row("1.1", language)
    assert page is not None
    idea, _, code = printed.partition(locate("wengu.functions:sigmoid_by_hand").about_file.partition("  ")[0])
    assert page.brief in idea and code
    assert "1/(1+e^(-z))" in idea and {"en": "- Saturation. A sigmoid", "zh": "- 饱和：|z|"}[language] in idea
    assert "    leaky_relu(z, slope=0.1), d_leaky_relu(z, slope=0.1)" in idea
    assert not re.search(r"\$|\*\*|::|##|```|\\", idea) and "\n\n\n" not in idea


@pytest.mark.parametrize(("tex", "letters"), [
    (r"W \leftarrow W - \alpha\,\frac{V}{\sqrt{S}+\epsilon}", "W ← W - αV/(√(S)+ε)"),
    (r"a^{[l]}_{t-1}, \hat{y}^{(i)}", "a^([l])ₜ₋₁, ŷ⁽ⁱ⁾"),
    (r"\begin{aligned} a &= b \\ c &= d \end{aligned}", "a = b \n c = d"),
    (r"\left\lfloor \frac{n+2p-f}{s} \right\rfloor + 1", "⌊(n+2p-f)/s⌋ + 1"),
    (r"\hat y = \gamma\,z_{\text{small}}, \frac1m \mathcal L", "ŷ = γ z_small, 1/m L"),
    (r"d\sim\mathrm{Be}(\text{keep\_p})\quad\underbrace{n^{[l]}\times m}_{W^{[l]}}", "d∼Be(keep_p)  n^([l])×m [W^([l])]"),
    (r"\mathrm{ReLU}(z)=\max(0,z), \log x", "ReLU(z)=max(0,z), log x"), (r"x_{ij}^\top", "xᵢⱼᵀ"),
])  # fmt: skip
def test_formulas_stand_in_letters(tex: str, letters: str) -> None:
    assert in_letters(tex).strip() == letters


def test_tables_line_up_and_folds_have_their_heads(capsys: pytest.CaptureFixture[str]) -> None:
    explain("6.8")
    told = capsys.readouterr().out
    table = re.findall(r"^    (?:layer|C1:|output:) .*", told, re.MULTILINE)
    assert len(table) == 3 and "| ---" not in told
    assert len({line.index(cell) for line, cell in zip(table, ("size", "28 × 28 × 6", "10   "), strict=True)}) == 1
    assert "\nHow the formula comes about\n" in told
    explain("2.9")
    assert "\nWhere the notes differ\n" in capsys.readouterr().out


def test_terminal_leaves_out_what_only_a_moving_figure_can_do(capsys: pytest.CaptureFixture[str]) -> None:
    explain("5.1")
    told = capsys.readouterr().out
    assert "The border ŷ = ½ is always straight." in told and "Click" not in told


def test_row_from_end_to_end(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The whole page of a made row, brackets included, which rich would take for markup."""
    row = Row("0.1", "Nearest", "最近", "built", objects=("wengu.core.checks:nearest", "wengu.core.checks:positive"),
              test="tests/some/room/test_some_file.py::test_parity_with_a_long_name[case]",
              authority="[bold]torch[/bold]", benchmark="benchmarks/x.py::any")
    monkeypatch.setattr(wengu.cli.explain, "raced", lambda benchmark: [Raced("[a] peer", 0.5, 2, "that day", "EPYC", "2")])
    monkeypatch.setattr(wengu.cli.explain, "find", lambda wanted: [row])
    monkeypatch.setenv("COLUMNS", "80")
    explain("nearest")
    printed = capsys.readouterr().out
    assert printed.startswith("0.1  Nearest · 最近  (built)\n\nChecks of arguments, and the one error")
    assert printed.count("Checks of arguments") == 1, "what is said of a file is said once"
    assert "wengu.core.checks.nearest(word: str, known: Iterable[str]) -> str | None\n" in printed
    assert "\n\ndef nearest(word: str, known: Iterable[str]) -> str | None:\n    by_lower = " in printed
    assert any(len(line) > 80 for line in locate("wengu.core.checks:positive").code().splitlines())
    assert printed.endswith(
        f"\n\n{locate('wengu.core.checks:positive').code()}\n\n"
        f"Tested against [bold]torch[/bold]: {row.test}\n0.5–2 times as fast as [a] peer (that day, EPYC, 2 cores)\n"
    )


def test_tag_at_the_margin_comes_nearer(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    row = Row("0.1", "x", "y", "built", objects=("wengu.training.early_stopping:EarlyStopping",), test="t")
    monkeypatch.setattr(wengu.cli.explain, "find", lambda wanted: [row])
    explain("x")
    assert re.search(r"\S  \[notes 4\.5\]\n", capsys.readouterr().out)


def test_terminal_gets_colours(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr(wengu.cli.explain, "find", lambda wanted: [
        Row("0.1", "Nearest", "最近", "built", objects=("wengu.core.checks:nearest",), test="t", authority="a")
    ])
    explain("nearest")
    assert "\x1b[94mdef\x1b[0m" in capsys.readouterr().out


# -------------------------------------------------------------------------------------------------- reading the source


def test_signature_is_spaced_as_written_and_breaks_where_it_must() -> None:
    row = locate("wengu.rows:Row")
    assert row.signature(300) == (
        "(number: str, en: str, zh: str, status: Status, also: tuple[str, ...] = (), objects: tuple[str, ...] = (), "
        "test: str = '', authority: str = '', benchmark: str = '', page: str = '', beyond: bool = False)"
    )
    assert row.signature(60).splitlines()[:3] == ["(", "    number: str,", "    en: str,"]
    assert locate("wengu.core.i18n:say").signature(80) == "(text: str, /, **values: object) -> str"
    assert locate("wengu.cli.explain:explain").signature(1000).startswith("(*name: Annotated[str, Parameter(help=say(")
    assert locate("wengu.training:EarlyStopping").signature(80) == "(*, patience: int, direction: Literal['lower', 'higher'] = 'lower')"
    assert locate("wengu.layers:MaxPool2d").parameters()[1] == "stride: Size | None = None"
    assert locate("wengu.regression:LogisticRegression").parameters()[-1].startswith("random_state"), "of a base"
    assert locate("wengu.core.checks:InputError").parameters() == []
    assert locate("wengu.rows:suggestions").signature(80) == "(wanted: str, *, most: int = 3) -> list[str]"


def test_code_keeps_decorators_and_loses_only_its_own_docstring() -> None:
    code = locate("wengu.rows:Row").code()
    assert code.startswith("@dataclass(frozen=True, slots=True)\nclass Row:\n    number: str\n")
    assert "The row's name in that language." in code
    assert "One row of the notes" not in code


def test_public_name_is_followed_through_its_room() -> None:
    assert locate("wengu.training:EarlyStopping").file.name == "early_stopping.py"
    with pytest.raises(LookupError, match=r"wengu\.rows:nothing"):
        locate("wengu.rows:nothing")


# ----------------------------------------------------------------------------------------------------------- lightness


def test_explaining_imports_nothing_heavy_and_takes_no_time() -> None:
    program = (
        "import sys, time\n"
        "from wengu.cli.explain import explain\n"
        "explain('early stopping'); explain('lenet5'); explain()\n"
        "print(sorted({'torch', 'numpy', 'sklearn', 'pandas', 'PIL'} & set(sys.modules)), time.process_time())\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    heavy, seconds = done.stdout.splitlines()[-1].rsplit(maxsplit=1)
    assert heavy == "[]"
    assert float(seconds) < 1.5 * slower(), "processor time; 0.2 s on the machine it was written on"


def test_a_formula_forward_and_backward(wengu: Wengu) -> None:
    """Authority: the notes' example."""
    said = wengu("explain", "graph", "J = 3*(a + b*c)", "a=5", "b=3", "c=2")
    assert said.code == 0, said.err
    lines = [line.strip() for line in said.out.splitlines()]
    for end in ("= 6", "= 11", "= 33"):
        assert any(line.endswith(end) for line in lines)
    for name, gradient in (("a", 3), ("b", 6), ("c", 9), ("u", 3), ("v", 3)):
        assert any(line.startswith(f"dJ/d{name} =") and line.endswith(f"= {gradient}") for line in lines)
    for words, message in (
        (("graph", "J = 3*(a + b*c)", "a=5", "b=3"), "c: expected a value"),
        (("graph", "J = 3*(a", "a=5"), "column 7"),
        (("graph", "J = a", "a=x"), "a=x: expected NAME=NUMBER"),
    ):
        refused = wengu("explain", *words)
        assert refused.code == 2 and refused.err.count("\n") == 1 and message in refused.err, refused.err
    assert "2.2" in wengu("explain", "computational", "graph").out
