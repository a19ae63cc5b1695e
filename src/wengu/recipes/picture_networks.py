"""The networks that sort pictures, each with what suits it: `wengu fit resnet20 --data photos/`.

Without `size` a network reads pictures of any size: a data set's own, and 64 × 64 of a folder.
"""

from __future__ import annotations

from wengu.recipes.network import Network

LR = {"sgd": 0.1, "momentum": 0.05, "rmsprop": 1e-3, "adam": 1e-3, "adamw": 1e-3}  # with batch norm
WITHOUT_NORM = {"sgd": 0.01, "momentum": 0.01, "rmsprop": 1e-4, "adam": 3e-4, "adamw": 3e-4}
OF_CIFAR = {"shortcut": "zeros", "width": 1.0}
OF = "wengu.vision.convnets:"

NETWORKS = {
    "lenet5": Network(
        f"{OF}LeNet5", "LeNet-5 on pictures.",
        size=(28, 28),
        lr={"sgd": 0.1, "momentum": 0.1, "rmsprop": 1e-3, "adam": 3e-3, "adamw": 3e-3},
        options={"dropout": 0.2, "width": 1.0},
    ),
    "alexnet": Network(f"{OF}AlexNet", "AlexNet on pictures.", lr=WITHOUT_NORM, options={"dropout": 0.5}),
    "vgg11": Network(f"{OF}VGG11", "VGG-11 on pictures.", size=(32, 32), lr=LR, options={"dropout": 0.5},
                     bigger="vgg16"),
    "vgg13": Network(f"{OF}VGG13", "VGG-13 on pictures.", size=(32, 32), lr=LR, options={"dropout": 0.5},
                     bigger="vgg16"),
    "vgg16": Network(f"{OF}VGG16", "VGG-16 on pictures.", size=(32, 32), lr=LR, options={"dropout": 0.5},
                     bigger="vgg19"),
    "vgg19": Network(f"{OF}VGG19", "VGG-19 on pictures.", size=(32, 32), lr=LR, options={"dropout": 0.5}),
    "resnet20": Network(f"{OF}ResNet20", "ResNet-20, for small pictures.", lr=LR, options=OF_CIFAR),
    "resnet32": Network(f"{OF}ResNet32", "ResNet-32, for small pictures.", lr=LR, options=OF_CIFAR),
    "resnet44": Network(f"{OF}ResNet44", "ResNet-44, for small pictures.", lr=LR, options=OF_CIFAR),
    "resnet56": Network(f"{OF}ResNet56", "ResNet-56, for small pictures.", lr=LR, options=OF_CIFAR),
    "resnet110": Network(f"{OF}ResNet110", "ResNet-110, for small pictures.", lr=LR, options=OF_CIFAR),
    "resnet18": Network(f"{OF}ResNet18", "ResNet-18 on pictures.", lr=LR, bigger="resnet34"),
    "resnet34": Network(f"{OF}ResNet34", "ResNet-34 on pictures.", lr=LR, bigger="resnet50"),
    "resnet50": Network(f"{OF}ResNet50", "ResNet-50 on pictures.", lr=LR, bigger="resnet101"),
    "resnet101": Network(f"{OF}ResNet101", "ResNet-101 on pictures.", lr=LR, bigger="resnet152"),
    "resnet152": Network(f"{OF}ResNet152", "ResNet-152 on pictures.", lr=LR),
    "googlenet": Network(f"{OF}GoogLeNet", "GoogLeNet on pictures, with batch norm and side branches.", lr=LR,
                         options={"form": "torchvision", "dropout": 0.4}, loss=f"{OF}with_side_branches"),
    "squeezenet": Network(f"{OF}SqueezeNet", "SqueezeNet on pictures.", lr=WITHOUT_NORM, options={"dropout": 0.5}),
    "mobilenet_v2": Network(f"{OF}MobileNetV2", "MobileNetV2 on pictures.", lr=LR, options={"dropout": 0.2}),
}  # fmt: skip
