"""No forward of its own: the class is an nn.Sequential whose steps have names."""
from collections import OrderedDict

from torch import nn


class ConvNet(nn.Sequential):
    def __init__(self, in_channels=3, num_classes=10):
        super().__init__(
            OrderedDict(
                conv1=nn.Conv2d(in_channels, 32, 3, padding=1),
                relu1=nn.ReLU(),
                pool=nn.MaxPool2d(2),
                flatten=nn.Flatten(),
                dense1=nn.Linear(288, 128),
                relu2=nn.ReLU(),
                dense2=nn.Linear(128, num_classes),
            )
        )
