"""Pooling by cutting and amax, relu with torch.where; helpers are methods and a module-level function."""
import torch
from torch import nn


def relu(x):
    return torch.where(x > 0, x, torch.zeros_like(x))


class ConvNet(nn.Module):
    def __init__(self, in_channels=3, num_classes=10):
        super().__init__()
        self.add_module("conv1", nn.Conv2d(in_channels, 32, 3, padding=1, padding_mode="zeros"))
        for name, sizes in {"dense1": (288, 128), "dense2": (128, num_classes)}.items():
            setattr(self, name, nn.Linear(*sizes))

    def features(self, x):
        x = relu(self.conv1(x))[:, :, :6, :6]
        return x.unflatten(2, (3, 2)).unflatten(4, (3, 2)).amax(dim=(3, 5)).flatten(1)

    def forward(self, x):
        return self.dense2(relu(self.dense1(self.features(x))))
