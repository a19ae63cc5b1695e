"""Practice: splits, metrics, the ledger and what to do next, for anybody's predictions, with numpy and scipy alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wengu.lazy import lazily

if TYPE_CHECKING:
    from wengu.practice.baseline import Baseline, baselines
    from wengu.practice.calibration import Reliability, brier_score, log_loss, reliability
    from wengu.practice.class_metrics import F1, OF_ONE_CLASS, Precision, Recall
    from wengu.practice.class_weights import balanced_class_weights
    from wengu.practice.confusion import PerClass, confusion, per_class
    from wengu.practice.duplicates import exact_duplicates, near_duplicates
    from wengu.practice.equal_rows import copied_rows, equal_rows, rows_in_both
    from wengu.practice.estimate import Estimate, difference, estimate, estimate_rate, paired_difference
    from wengu.practice.expression import Expression, Limit
    from wengu.practice.fitting import check_fits
    from wengu.practice.importance import effective_size, importance_weights
    from wengu.practice.intervals import Interval
    from wengu.practice.learning_curve import Forecast, LearningCurve, learning_curve
    from wengu.practice.ledger import Ledger, ledger, ledger_of
    from wengu.practice.metric import FunctionMetric, Metric, described
    from wengu.practice.metric_words import Facts
    from wengu.practice.metrics import (
        METRICS,
        BalancedAccuracy,
        ErrorRate,
        MacroF1,
        Perplexity,
        error_rate,
        errors,
    )
    from wengu.practice.multi_label import MultiLabelError, each_question, unlabelled, wrong_of_each
    from wengu.practice.picture_features import picture_features
    from wengu.practice.probabilities import (
        Calibration,
        ClassRanking,
        Probabilities,
        ProbabilityMeasures,
        measure_probabilities,
    )
    from wengu.practice.probability_metrics import probability_difference, probability_metric
    from wengu.practice.ranking import Curve, Ranked, average_precision, roc_auc
    from wengu.practice.records import Records
    from wengu.practice.remedies import Remedy, remedies
    from wengu.practice.splits import Sizes, split, split_sizes, train_dev_size
    from wengu.practice.telling import Difference
    from wengu.practice.two_samples import TwoSamples, distinguish
    from wengu.practice.verdict import Gap, LedgerRow

__all__ = [
    "F1",
    "METRICS",
    "OF_ONE_CLASS",
    "BalancedAccuracy",
    "Baseline",
    "Calibration",
    "ClassRanking",
    "Curve",
    "Difference",
    "ErrorRate",
    "Estimate",
    "Expression",
    "Facts",
    "Forecast",
    "FunctionMetric",
    "Gap",
    "Interval",
    "LearningCurve",
    "Ledger",
    "LedgerRow",
    "Limit",
    "MacroF1",
    "Metric",
    "MultiLabelError",
    "PerClass",
    "Perplexity",
    "Precision",
    "Probabilities",
    "ProbabilityMeasures",
    "Ranked",
    "Recall",
    "Records",
    "Reliability",
    "Remedy",
    "Sizes",
    "TwoSamples",
    "average_precision",
    "balanced_class_weights",
    "baselines",
    "brier_score",
    "check_fits",
    "confusion",
    "copied_rows",
    "described",
    "difference",
    "distinguish",
    "each_question",
    "effective_size",
    "equal_rows",
    "error_rate",
    "errors",
    "estimate",
    "estimate_rate",
    "exact_duplicates",
    "importance_weights",
    "learning_curve",
    "ledger",
    "ledger_of",
    "log_loss",
    "measure_probabilities",
    "near_duplicates",
    "paired_difference",
    "per_class",
    "picture_features",
    "probability_difference",
    "probability_metric",
    "reliability",
    "remedies",
    "roc_auc",
    "rows_in_both",
    "split",
    "split_sizes",
    "train_dev_size",
    "unlabelled",
    "wrong_of_each",
]

_FILES = {
    "BalancedAccuracy": "metrics", "Baseline": "baseline", "Calibration": "probabilities",
    "ClassRanking": "probabilities", "Curve": "ranking", "Difference": "telling", "ErrorRate": "metrics",
    "Estimate": "estimate", "Expression": "expression", "F1": "class_metrics", "Facts": "metric_words",
    "Forecast": "learning_curve", "FunctionMetric": "metric", "Gap": "verdict", "Interval": "intervals",
    "LearningCurve": "learning_curve", "Ledger": "ledger", "LedgerRow": "verdict", "Limit": "expression",
    "METRICS": "metrics", "MacroF1": "metrics", "Metric": "metric", "MultiLabelError": "multi_label",
    "OF_ONE_CLASS": "class_metrics", "PerClass": "confusion", "Perplexity": "metrics", "Precision": "class_metrics",
    "Probabilities": "probabilities", "ProbabilityMeasures": "probabilities", "Ranked": "ranking",
    "Recall": "class_metrics", "Records": "records", "Reliability": "calibration", "Remedy": "remedies",
    "Sizes": "splits", "TwoSamples": "two_samples", "average_precision": "ranking",
    "balanced_class_weights": "class_weights", "baselines": "baseline",
    "brier_score": "calibration", "check_fits": "fitting", "confusion": "confusion", "copied_rows": "equal_rows",
    "described": "metric", "difference": "estimate", "distinguish": "two_samples", "each_question": "multi_label",
    "effective_size": "importance", "equal_rows": "equal_rows", "error_rate": "metrics", "errors": "metrics",
    "estimate": "estimate", "estimate_rate": "estimate", "exact_duplicates": "duplicates",
    "importance_weights": "importance", "learning_curve": "learning_curve", "ledger": "ledger", "ledger_of": "ledger",
    "log_loss": "calibration", "measure_probabilities": "probabilities", "near_duplicates": "duplicates",
    "paired_difference": "estimate", "per_class": "confusion", "picture_features": "picture_features",
    "probability_difference": "probability_metrics", "probability_metric": "probability_metrics",
    "reliability": "calibration", "remedies": "remedies", "roc_auc": "ranking",
    "rows_in_both": "equal_rows", "split": "splits",
    "split_sizes": "splits", "train_dev_size": "splits", "unlabelled": "multi_label", "wrong_of_each": "multi_label",
}  # fmt: skip

# Most of the files bring numpy along; `wengu runs` needs but the words of the ledger, which do not.
__getattr__ = lazily(__name__, _FILES)
