"""scikit-learn's own test_logistic.py, which its wheel carries, with our classes in the place of theirs.

Theirs takes two classes or more: in its place stands one that becomes LogisticRegression or SoftmaxRegression as the
labels ask. Every test that fits it without naming a solver is run, but those of `NOT_OURS`, each with its reason.
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import sklearn.linear_model

FILE = Path(sklearn.linear_model.__file__).parent / "tests" / "test_logistic.py"
NOT_OURS = {
    "test_logreg_predict_proba_multinomial": "calls _predict_proba_lr, a private method",
    "test_l1_ratio_None_deprecated": "of an l1_ratio of None, which was never ours",
    "test_logisticregression_warns_with_n_jobs": "of n_jobs, which was never ours",
    "test_penalty_deprecated": "of penalty, which was never ours",
}
PLUGIN = '''
import numpy as np
import sklearn.linear_model
from wengu.regression import LogisticRegression, SoftmaxRegression

class Two(LogisticRegression): pass
class Many(SoftmaxRegression): pass

class Either(SoftmaxRegression):
    def fit(self, X, y, sample_weight=None):
        self.__class__ = Two if len(np.unique(y)) == 2 else Many
        return self.fit(X, y, sample_weight)

sklearn.linear_model.LogisticRegression = Either
'''


def without_a_solver() -> set[str]:
    """The tests that make a LogisticRegression, in whose text or parameters no solver is named."""
    tests = [one for one in ast.parse(FILE.read_text(encoding="utf-8")).body if isinstance(one, ast.FunctionDef)]
    found = set()
    for test in tests:
        if test.name.startswith("test_"):
            makes = any(re.search(r"\b(LogisticRegression|LR|est|Estimator)\(", ast.unparse(part)) for part in test.body)
            names = {node.arg for node in ast.walk(test) if isinstance(node, ast.keyword | ast.arg)}
            mentioned = "solver" in names or any(
                isinstance(node, ast.Constant) and node.value == "solver" for node in ast.walk(test))
            if makes and not mentioned:
                found.add(test.name)
    return found


@pytest.mark.parity
@pytest.mark.timeout(300)
def test_parity_with_what_theirs_is_tested_for(tmp_path: Path) -> None:
    """Authority: scikit-learn's tests of its own class."""
    asked = without_a_solver()
    assert NOT_OURS.keys() <= asked
    (tmp_path / "in_the_place_of_theirs.py").write_text(PLUGIN)
    chosen = " or ".join(sorted(asked - NOT_OURS.keys()))
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-n", "0", "-p", "in_the_place_of_theirs", "-p", "no:cacheprovider", "-c", os.devnull,
         "--rootdir", str(tmp_path), "-rA", "--tb=short", "--pyargs", "sklearn.linear_model.tests.test_logistic", "-k", chosen],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False)
    passed = set(re.findall(r"^PASSED \S*::(\w+)", done.stdout, re.MULTILINE))
    assert done.returncode == 0, done.stdout[-4000:]
    assert asked - NOT_OURS.keys() == passed
