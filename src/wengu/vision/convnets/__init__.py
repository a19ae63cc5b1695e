"""Convolutional networks: one file each."""

from wengu.vision.convnets.lenet5 import LeNet5

__all__ = ["LeNet5"]
