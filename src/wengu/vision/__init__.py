"""Vision: convolutional networks, what they see, and augmentation of pictures."""

from wengu.vision import augment, convnets, interpret

__all__ = ["augment", "convnets", "interpret"]
