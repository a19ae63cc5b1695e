"""Convolutional networks: one file each."""

from wengu.vision.convnets.alexnet import AlexNet
from wengu.vision.convnets.googlenet import GoogLeNet, with_side_branches
from wengu.vision.convnets.lenet5 import LeNet5
from wengu.vision.convnets.mobilenet_v2 import MobileNetV2
from wengu.vision.convnets.resnet import ResNet18, ResNet34, ResNet50, ResNet101, ResNet152
from wengu.vision.convnets.resnet_cifar import ResNet20, ResNet32, ResNet44, ResNet56, ResNet110
from wengu.vision.convnets.squeezenet import SqueezeNet
from wengu.vision.convnets.vgg import VGG11, VGG13, VGG16, VGG19

__all__ = [
    "VGG11",
    "VGG13",
    "VGG16",
    "VGG19",
    "AlexNet",
    "GoogLeNet",
    "LeNet5",
    "MobileNetV2",
    "ResNet18",
    "ResNet20",
    "ResNet32",
    "ResNet34",
    "ResNet44",
    "ResNet50",
    "ResNet56",
    "ResNet101",
    "ResNet110",
    "ResNet152",
    "SqueezeNet",
    "with_side_branches",
]
