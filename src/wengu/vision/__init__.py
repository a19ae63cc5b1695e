"""Vision: convolutional networks."""

from wengu.vision import convnets

__all__ = ["convnets"]
