"""One Chinese term for one thing: in the pages, in what the code says, in the rows' names, and in the front's own words.

Other words that people search by stand in `words:` of a page and in `also` of a row, where they are found and not shown.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from wengu.pages import pages
from wengu.pages.page import raw
from wengu.rows import rows

HERE = Path(__file__).parents[2]
TERMS = {
    "早停": "提[前早]停止",
    "小批量": "小批次|迷你批",
    "一轮": "轮次|周期数|世代|纪元",
    "预热": "热身|暖身",
    "学习率": "学习速[率度]",
    "动量": "冲量",
    "随机失活": r"丢弃法|(?<![A-Za-z（])[Dd]ropout(?![A-Za-z=：）])",
    "权重": "权值",
    "单元": "神经元",
    "反向传播": "后向传播|反传",
    "批归一化": "批(?:量归一|规范|标准|量规范|量标准)化",
    "梯度裁剪": "梯度截断",
    "滤波器": "卷积核|过滤器",
    "数据增强": "数据(?:增广|扩充|扩增)",
    "开发集": "验证集|开发误差|验证误差",
    "训练误差": "训练集误差",
    "人类误差": "人的误差",
    "数据不匹配": "分布不匹配|数据失配",
    "过拟合": "过度拟合",
    "超参数": "超参(?!数)",
    "查准率": "精确率|精确度",
    "查全率": "召回率?",
    "准确率": "正确率",
    "样本": "样例|实例(?!归一化)",
    "非线性变换": "非线性转换|非线性变化",
    "修正": "校正",
    "批量大小": "批次|批的?大小",
    "划分": "切分|切开",
    "特征图": "特征映射|输出图",
    "对开发集过拟合": "(?<!对)开发集过拟合",
    "百分点": r"(?:[半两]|\d )个点(?!积)",
    "很小的数": "的小数",
    "分数": "(?<!BLEU )得分",
}


@cache
def chinese() -> dict[str, str]:
    """What is read in Chinese, by where it stands."""
    every = {one.path: prose(one.path) for one in pages("zh")}
    every |= {str(file.relative_to(HERE)): "\n".join(tomllib.loads(file.read_text(encoding="utf-8")).values())
              for file in (HERE / "src" / "wengu").rglob("zh.toml")}
    symbols = tomllib.loads((HERE / "src/wengu/pages/symbols.toml").read_text(encoding="utf-8"))
    every["symbols.toml"] = "\n".join(said for letters in symbols.values() for _, said in letters.values())
    every["rows.toml"] = "\n".join(row.name("zh") for row in rows().values())
    return every | {"words.ts": (HERE / "web" / "src" / "words.ts").read_text(encoding="utf-8")}


def prose(path: str) -> str:
    """A page without what it is searched by, its code, and the names in its directives."""
    text = re.sub(r"^words: .*$", "", raw(path, "zh"), flags=re.MULTILINE)
    text = re.sub(r"```.*?```|`[^`]*`|\{\{[^}]*\}\}", " ", text, flags=re.DOTALL)
    text = re.sub(r"^::(?:fit|source|fig) .*$", "", text, flags=re.MULTILINE)
    return re.sub(r"^::\w+ +\w+", "", text, flags=re.MULTILINE)


def found(wrong: str) -> Iterator[str]:
    for where, text in chinese().items():
        for one in re.finditer(wrong, text):
            yield f"{where}: …{text[max(0, one.start() - 15):one.end() + 15]}…"


@pytest.mark.parametrize("term", TERMS)
def test_a_thing_has_one_term(term: str) -> None:
    assert not [*found(TERMS[term])], f"say {term}"


@pytest.mark.parametrize("path", [one.path for one in pages("zh")])
def test_dropout_is_named_in_both_languages_where_it_first_appears(path: str) -> None:
    first = re.search("随机失活(.{0,9})", prose(path))
    assert not first or first[1].startswith("（dropout）")


def test_what_is_forbidden_is_found() -> None:
    """A pattern that finds nothing in its own variants guards nothing."""
    for term, variant in (("早停", "提前停止"), ("随机失活", "用 dropout 时"), ("开发集", "开发误差"), ("样本", "一个实例")):
        assert re.search(TERMS[term], variant)
    assert not re.search(TERMS["随机失活"], "随机失活（dropout）、dropout=0.3") and not re.search(TERMS["样本"], "实例归一化")


@pytest.mark.parametrize("path", [one.path for one in pages("zh")])
def test_points_of_when_it_fails_lead_with_a_colon(path: str) -> None:
    """A page has one mark between a bold lead and what is said of it."""
    assert not re.findall(r"^- \*\*[^*]*。\*\*", raw(path, "zh"), flags=re.MULTILINE)


@pytest.mark.parametrize("path", [one.path for one in pages("zh")])
def test_a_formula_has_one_sign_for_a_thing(path: str) -> None:
    """On every page ← for what becomes, and ln for the natural logarithm; a formula on its own line ends without a mark."""
    for language in ("en", "zh"):
        text = raw(path, language)
        assert not re.search(r":=|\\log\b|\\,000|\d 000|\.\$\$$", text, flags=re.MULTILINE)
