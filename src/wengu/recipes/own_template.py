"""What `wengu explain own-network` shows: two networks of one's own, which train as they stand."""

from torch import Tensor, nn


class Net(nn.Module):
    """Scores (m, classes) of pictures (m, channels, height, width)."""

    def __init__(self, classes: int, channels: int = 1, filters: int = 16) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels, filters, 3, padding=1),
            nn.BatchNorm2d(filters),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(filters, 2 * filters, 3, padding=1),
            nn.BatchNorm2d(2 * filters),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(3),
            nn.Flatten(),
            nn.LazyLinear(classes),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.body(x)


class Rows(nn.Module):
    """Scores (m, classes) of the rows of a table (m, features)."""

    def __init__(self, features: int, classes: int, units: int = 32) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(features, units), nn.ReLU(), nn.Linear(units, classes))

    def forward(self, x: Tensor) -> Tensor:
        return self.body(x)
