"""Layers: plain `nn.Module`s, each with its formula beside it; and what helps to begin with them well."""

from wengu.layers.batch_norm import BatchNorm, batch_norm_by_hand, batch_statistics, running_by_hand
from wengu.layers.convolution import convolve_by_hand, multiplication_count, output_size, parameter_count
from wengu.layers.convolution_layers import Conv1d, Conv2d, Conv3d
from wengu.layers.deep_linear import deep_linear
from wengu.layers.dropout import Dropout, inverted_dropout
from wengu.layers.fix import fixed
from wengu.layers.fold import fold_by_hand, folded
from wengu.layers.init_report import InitReport, init_report
from wengu.layers.initialization import by_gain, fans, gain, he, initialise, scaled, small_random, xavier
from wengu.layers.input_normalisation import InputNormalisation
from wengu.layers.layer_norm import LayerNorm, layer_norm_by_hand
from wengu.layers.linear import Linear, linear_by_hand
from wengu.layers.plain import plain
from wengu.layers.pooling import AvgPool2d, MaxPool2d, average_pool_by_hand, max_pool_by_hand
from wengu.layers.shapes import LayerShape, Shapes, shapes
from wengu.layers.summary import ParameterRow, Summary, numbered_layers, summary
from wengu.layers.train_eval_difference import TrainEvalDifference, train_eval_difference

__all__ = [
    "AvgPool2d",
    "BatchNorm",
    "Conv1d",
    "Conv2d",
    "Conv3d",
    "Dropout",
    "InitReport",
    "InputNormalisation",
    "LayerNorm",
    "LayerShape",
    "Linear",
    "MaxPool2d",
    "ParameterRow",
    "Shapes",
    "Summary",
    "TrainEvalDifference",
    "average_pool_by_hand",
    "batch_norm_by_hand",
    "batch_statistics",
    "by_gain",
    "convolve_by_hand",
    "deep_linear",
    "fans",
    "fixed",
    "fold_by_hand",
    "folded",
    "gain",
    "he",
    "init_report",
    "initialise",
    "inverted_dropout",
    "layer_norm_by_hand",
    "linear_by_hand",
    "max_pool_by_hand",
    "multiplication_count",
    "numbered_layers",
    "output_size",
    "parameter_count",
    "plain",
    "running_by_hand",
    "scaled",
    "shapes",
    "small_random",
    "summary",
    "train_eval_difference",
    "xavier",
]
