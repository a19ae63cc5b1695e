"""Vision: convolutional networks, and what they see."""

from wengu.vision import convnets, interpret

__all__ = ["convnets", "interpret"]
