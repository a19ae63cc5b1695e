"""Augmentation: training pictures changed at every step anew, on tensors, a mini-batch at once; one file each."""

from wengu.vision.augment.colour import ColorJitter
from wengu.vision.augment.compose import Compose, RandomChoice
from wengu.vision.augment.crop import RandomCrop
from wengu.vision.augment.cutmix import CutMix
from wengu.vision.augment.erase import RandomErasing
from wengu.vision.augment.flip import RandomHorizontalFlip
from wengu.vision.augment.mixup import Mixup
from wengu.vision.augment.rand_augment import RandAugment
from wengu.vision.augment.shift import RandomShift
from wengu.vision.augment.views import AverageOverViews

__all__ = [
    "AverageOverViews",
    "ColorJitter",
    "Compose",
    "CutMix",
    "Mixup",
    "RandAugment",
    "RandomChoice",
    "RandomCrop",
    "RandomErasing",
    "RandomHorizontalFlip",
    "RandomShift",
]
