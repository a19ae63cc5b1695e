"""Layers: plain `nn.Module`s, each with its formula beside it."""

from wengu.layers.convolution import Conv2d, convolve_by_hand, multiplication_count, output_size, parameter_count
from wengu.layers.dropout import Dropout, inverted_dropout
from wengu.layers.input_normalisation import InputNormalisation
from wengu.layers.linear import Linear, linear_by_hand
from wengu.layers.pooling import AveragePool2d, MaxPool2d, average_pool_by_hand, max_pool_by_hand

__all__ = [
    "AveragePool2d",
    "Conv2d",
    "Dropout",
    "InputNormalisation",
    "Linear",
    "MaxPool2d",
    "average_pool_by_hand",
    "convolve_by_hand",
    "inverted_dropout",
    "linear_by_hand",
    "max_pool_by_hand",
    "multiplication_count",
    "output_size",
    "parameter_count",
]
