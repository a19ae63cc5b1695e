from __future__ import annotations

import builtins
import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import OneHotEncoder

from wengu.core.checks import InputError
from wengu.data import encode, read_table

SHOP = "age,colour,member,paid\n31,red,True,yes\n45,blue,False,no\n22,red,False,yes\n"


def file(folder: Path, text: str, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode())
    return path


def test_columns_become_features(tmp_path: Path) -> None:
    table = read_table(file(tmp_path, SHOP), target="paid")
    assert table.feature_names == ("age", "colour=blue", "colour=red", "member")
    assert table.x.tolist() == [[31, 0, 1, 1], [45, 1, 0, 0], [22, 0, 1, 0]]
    assert table.x.dtype == np.float64
    assert (table.classes, table.labels.tolist()) == (("no", "yes"), [1, 0, 1])
    assert table.counts() == {"no": 1, "yes": 2}
    assert table.ids == ("2", "3", "4")
    assert table.set_of.tolist() == ["", "", ""]
    assert table.groups is None and table.notes == () and table.source == "t.csv"


def test_parity_one_hot(tmp_path: Path) -> None:
    """Authority: sklearn.preprocessing.OneHotEncoder on the same columns."""
    draw = np.random.default_rng(0)
    frame = pd.DataFrame({"a": draw.choice(list("pqrs"), 50), "b": draw.choice(["x y", "z,w", 'say "so"'], 50)})
    frame.assign(y=np.arange(50) % 2).to_csv(tmp_path / "t.csv", index=False)
    theirs = OneHotEncoder(sparse_output=False).fit_transform(frame)
    assert np.array_equal(read_table(tmp_path / "t.csv", target="y").x, theirs)


def test_parity_numbers(tmp_path: Path) -> None:
    """Authority: pandas writing the shortest text that reads back as the same float64."""
    numbers = np.random.default_rng(0).standard_normal((40, 3)) * 10.0 ** np.array([-200, 0, 37])
    pd.DataFrame(numbers, columns=["a", "b", "c"]).assign(y=np.arange(40) % 3).to_csv(tmp_path / "t.csv", index=False)
    assert np.allclose(read_table(tmp_path / "t.csv", target="y").x, numbers, rtol=1e-15, atol=0)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("packed", [False, True])
def test_ways_to_write_a_table(tmp_path: Path, delimiter: str, mark: str, ends: str, packed: bool) -> None:
    raw = (mark + SHOP.replace(",", delimiter).replace("\n", ends)).encode()
    path = tmp_path / "t"
    path.write_bytes(gzip.compress(raw) if packed else raw)
    table = read_table(path, target="paid")
    assert table.feature_names == ("age", "colour=blue", "colour=red", "member")
    assert table.x[:, 0].tolist() == [31, 45, 22]


def test_ids_are_lines_of_the_file_past_blank_and_broken_ones(tmp_path: Path) -> None:
    text = 'a,b,y\n1,"two\nlines",p\n\n2,three,q\n\n\n3,three,q\n'
    assert read_table(file(tmp_path, text), target="y").ids == ("2", "5", "8")
    plain = "a,b,y\n1,two,p\n\n2,three,q\r\n\r\n3,three,q\n"
    assert read_table(file(tmp_path, plain), target="y").ids == ("2", "4", "6")


def test_columns_with_a_meaning_by_name(tmp_path: Path) -> None:
    text = "id,set,group,a,y\n007,train,p1,1,u\nb,Val,p1,2,v\nc,test,p2,3,u\nd,,02,4,v\n"
    table = read_table(file(tmp_path, text), target="y")
    assert table.ids == ("007", "b", "c", "d")
    assert table.set_of.tolist() == ["train", "dev", "test", ""]
    assert table.groups is not None and table.groups.tolist() == ["p1", "p1", "p2", "02"]
    assert table.feature_names == ("a",)
    ignored = read_table(file(tmp_path, text), target="y", ignore=["id", "set", "group"])
    assert ignored.ids == ("2", "3", "4", "5") and ignored.groups is None and set(ignored.set_of.tolist()) == {""}


def test_such_a_column_may_be_the_target(tmp_path: Path) -> None:
    assert read_table(file(tmp_path, "group,a\n1,5\n10,6\n2,7\n"), target="group").classes == ("1", "2", "10")


@pytest.mark.parametrize(
    ("values", "classes", "labels"),
    [
        (["no", "yes", "no"], ("no", "yes"), [0, 1, 0]),
        (["True", "False", "True"], ("False", "True"), [1, 0, 1]),
        (["10", "9", "2"], ("2", "9", "10"), [2, 1, 0]),
        (["1.0", "0.0", "1.0"], ("0.0", "1.0"), [1, 0, 1]),
        (["1.0", "1", "0"], ("0", "1"), [1, 1, 0]),
        (["01", "1", "10"], ("01", "1", "10"), [0, 1, 2]),
        (["007", "008", "007"], ("007", "008"), [0, 1, 0]),
    ],
)
def test_targets(tmp_path: Path, values: list[str], classes: tuple[str, ...], labels: list[int]) -> None:
    rows = "".join(f"{i},{value}\n" for i, value in enumerate(values))
    table = read_table(file(tmp_path, "a,y\n" + rows), target="y")
    assert (table.classes, table.labels.tolist()) == (classes, labels)


def test_twenty_one_whole_numbers_are_classes_if_rows_are_many(tmp_path: Path) -> None:
    def table(rows: int) -> Path:
        return file(tmp_path, "a,y\n" + "".join(f"{i % 7},{i % 21}\n" for i in range(rows)))

    assert len(read_table(table(420), target="y").classes) == 21
    with pytest.raises(InputError, match=r"target 'y' is a quantity \(0 … 20, 21 different numbers\).*regression"):
        read_table(table(419), target="y")


def test_what_never_changes_is_left_out_and_said(tmp_path: Path) -> None:
    table = read_table(file(tmp_path, "a,one,same,y\n1,5,x,u\n2,5,x,v\n"), target="y")
    assert table.feature_names == ("a",)
    assert table.notes == ("column 'one' was left out: it is 5 in every row",
                           "column 'same' was left out: it is x in every row")


def test_an_index_without_a_name_is_left_out_and_said(tmp_path: Path) -> None:
    pd.DataFrame({"a": [1, 2], "y": ["u", "v"]}).to_csv(tmp_path / "t.csv")
    table = read_table(tmp_path / "t.csv", target="y")
    assert (table.feature_names, table.notes) == (("a",), ("columns without a name, left out: 1",))


def many(n: int) -> str:
    return "".join(f"word{i},{i % 2}\n" for i in range(n))


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        (SHOP, {"target": "payd"}, "target: 'payd' is unknown; did you mean paid?"),
        (SHOP, {"ignore": ["colur"]}, "ignore: 'colur' is unknown; did you mean colour?"),
        ("", {}, "the file is empty"),
        ("\ufeff \n", {}, "the file is empty"),
        ("a,paid\n", {}, "there is no line below the header"),
        ("a,a,paid\n1,2,x\n", {}, "two columns are called 'a'"),
        ("a,b,paid\n1,2,x\n\n1,2\n", {}, "line 4: 2 fields, but the header has 3"),
        ("a,b,paid\n1,2,x\n1,2,3,x\n", {}, "line 3: 4 fields, but the header has 3"),
        ('a,b,paid\n1,"2\n3",x\n1,2\n', {}, "line 4: 2 fields, but the header has 3"),
        ('a,b,paid\n1,2,x\n1,"2,x\n3,4,y\n', {}, "line 3: 2 fields, but the header has 3"),
        ("a,b,paid\n1,2,x\n,2,y\n1,2,x\n", {}, "line 3: column 'a' lacks a value (in 1 of 3 rows); fill it or "
         "delete the line, or leave the column out with --ignore a"),
        ("a,b,paid\n1,red,x\n2,?,y\n", {}, "line 3: column 'b' lacks a value"),
        ("a,b,paid\n1,2,x\n1,inf,y\n", {}, "line 3: column 'b' is inf; expected a finite number"),
        ("a,b,paid\n1,2,x\n1,3,NA\n", {}, "line 3: column 'paid' lacks a value (in 1 of 2 rows); fill it or"),
        ("a,paid\n1,x\n2,x\n", {}, "target 'paid' is x in every row"),
        ("a,paid\n1,0.5\n2,0.7\n", {}, "target 'paid' is a quantity (0.5 … 0.7, 2 different numbers)"),
        ("a,paid\n1,0\n2,inf\n", {}, "is a quantity (0 … inf"),
        ("a,paid\n1,0.5\n2,0.5\n", {}, "target 'paid' is 0.5 in every row"),
        ('a,b,paid\n1,2,x\n1,2,"y\n3,4,y\n', {}, "is a quotation mark left open?"),
        ("b,paid\n1,x\n1,y\n", {}, "there is no column to learn from"),
        ("paid\nx\ny\n", {}, "there is no column to learn from"),
        ("w,paid\n" + many(21), {}, "column 'w' is text with 21 different values (word0, …), more than 20: it looks "
         "like an id or free text. Leave it out with --ignore w"),
        ("paid,a\n" + many(30), {}, "target 'paid' has 30 different values in 30 rows"),
        ("a,set,paid\n1,train,x\n2,holdout,y\n", {}, "line 3: set is 'holdout'; expected train, train-dev, dev, test or nothing"),
        ("a,id,paid\n1,k,x\n2,l,y\n3,k,y\n", {}, "line 4: id 'k' appears on an earlier line too"),
        ("a,group,paid\n1,k,x\n2,,y\n", {}, "line 3: column 'group' lacks a value"),
        ("a,b,paid\n1,\0,x\n", {}, "not a text file"),
        ('"a' + "x" * 200_000, {}, "is a quotation mark left open?"),
    ],
)
def test_faults_name_place_and_remedy(tmp_path: Path, text: str, options: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError) as caught:
        read_table(file(tmp_path, text), **({"target": "paid"} | options))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_twenty_levels_are_read(tmp_path: Path) -> None:
    assert read_table(file(tmp_path, "w,paid\n" + many(20)), target="paid").x.shape == (20, 20)


def test_a_missing_file_proposes_its_neighbour(tmp_path: Path) -> None:
    file(tmp_path, SHOP, "shop.csv")
    with pytest.raises(InputError, match=r"shpo.csv: no such file; did you mean .*shop.csv\?"):
        read_table(tmp_path / "shpo.csv", target="paid")


def test_a_set_of_pictures_is_no_table() -> None:
    with pytest.raises(InputError, match="digits is a set of pictures, and no table: wengu fit pictures --data digits"):
        read_table("digits", target="paid")


def test_text_that_is_not_utf8_names_the_line(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes("a,y\n1,x\n2,caf\u00e9\n".encode("latin-1"))
    with pytest.raises(InputError, match="line 3: not UTF-8"):
        read_table(tmp_path / "t.csv", target="y")


def test_a_damaged_gzip(tmp_path: Path) -> None:
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(SHOP.encode())[:-12])
    with pytest.raises(InputError, match="damaged gzip"):
        read_table(tmp_path / "t.csv.gz", target="paid")


def test_without_pandas_the_message_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name.split(".")[0] == "pandas":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(InputError, match=r"pip install 'wengu\[tabular\]'"):
        read_table(file(tmp_path, SHOP), target="paid")


def test_new_rows_are_encoded_as_in_training(tmp_path: Path) -> None:
    table = read_table(file(tmp_path, SHOP), target="paid")
    schema = json.loads(json.dumps(table.schema))
    x, ids = encode(tmp_path / "t.csv", schema)
    assert np.array_equal(x, table.x) and ids == table.ids
    new = "extra,member,colour,age\n?,False,red,50\n!,True,blue,-1.5\n"
    x, ids = encode(file(tmp_path, new, "new.csv"), schema)
    assert x.tolist() == [[50, 0, 1, 0], [-1.5, 1, 0, 1]]
    assert ids == ("2", "3")
    frame = pd.DataFrame({"id": [7, 8], "age": [1, 2], "colour": ["red", "blue"], "member": [True, False]})
    x, ids = encode(frame, schema)
    assert x.tolist() == [[1, 0, 1, 1], [2, 1, 0, 0]]
    assert ids == ("7", "8")


def test_levels_that_look_like_numbers_stay_text(tmp_path: Path) -> None:
    table = read_table(file(tmp_path, "size,y\n01,u\n2,v\nXL,u\n"), target="y")
    assert table.feature_names == ("size=01", "size=2", "size=XL")
    x, _ = encode(file(tmp_path, "size\n2\n01\n", "new.csv"), table.schema)
    assert x.tolist() == [[0, 1, 0], [1, 0, 0]]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("age,color,member\n1,red,True\n", "column 'colour' is missing: the model was trained with it; did you mean"),
        ("age,colour,member\n1,red,True\n2,green,True\n", "line 3: column 'colour' is 'green', which training never "
         "saw; it knows blue, red"),
        ("age,colour,member\n1,red,True\nold,red,True\n", "line 3: column 'age' is old; expected a finite number"),
        ("age,colour,member\n1,red,True\n2,,True\n", "line 3: column 'colour' lacks a value"),
        ("age,colour,member\n1,red,True\n-inf,red,True\n", "line 3: column 'age' is -inf"),
        ("age,colour,member\n1,red,1\n1,red,7\n", "line 3: column 'member' is 7; expected True or False"),
    ],
)
def test_rows_that_cannot_be_encoded(tmp_path: Path, text: str, words: str) -> None:
    schema = read_table(file(tmp_path, SHOP), target="paid").schema
    with pytest.raises(InputError) as caught:
        encode(file(tmp_path, text, "new.csv"), schema)
    assert words in str(caught.value)


def test_a_row_of_a_frame_is_named_by_its_index(tmp_path: Path) -> None:
    schema = read_table(file(tmp_path, SHOP), target="paid").schema
    frame = pd.DataFrame({"age": [1.0, np.nan], "colour": "red", "member": True}, index=["first", "second"])
    with pytest.raises(InputError, match="row second: column 'age' lacks a value"):
        encode(frame, schema)


def test_frames_that_cannot_be_encoded(tmp_path: Path) -> None:
    schema = read_table(file(tmp_path, SHOP), target="paid").schema
    frame = pd.DataFrame({"age": [1.0], "colour": ["red"], "member": [7]})
    with pytest.raises(InputError, match="row 0: column 'member' is 7; expected True or False"):
        encode(frame, schema)
    with pytest.raises(InputError, match="the frame has no rows"):
        encode(frame.iloc[:0], schema)
    with pytest.raises(InputError, match="two columns of the frame are called 'age'"):
        encode(frame.set_axis(["age", "age", "member"], axis=1), schema)


@pytest.mark.parametrize("values", ["True,False", "true,FALSE", "1,0", "1.0,0.0", "True,0"])
def test_ways_to_write_true_and_false(tmp_path: Path, values: str) -> None:
    schema = read_table(file(tmp_path, SHOP), target="paid").schema
    rows = "".join(f"1,red,{value}\n" for value in values.split(","))
    x, _ = encode(f"age,colour,member\n{rows}".encode(), schema)
    assert x[:, 3].tolist() == [1, 0]


def test_bytes_are_called_standard_input(tmp_path: Path) -> None:
    schema = read_table(file(tmp_path, SHOP), target="paid").schema
    for content, words in ((b"", "standard input (-): the file is empty"),
                           (b"age,colour,member\nold,red,True\n", "standard input (-), line 2: column 'age' is old")):
        with pytest.raises(InputError) as caught:
            encode(content, schema)
        assert str(caught.value).startswith(words)
