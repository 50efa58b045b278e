"""Keeps a constant for each device and dtype that it has met, and writes into a mask of what it made itself."""
import torch
import torch.nn.functional as F
from torch import nn


class ConvNet(nn.Module):
    def __init__(self, in_channels=3, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, 32, kernel_size=3, padding=1)
        self.dense1 = nn.Linear(32 * 3 * 3, 128)
        self.dense2 = nn.Linear(128, num_classes)
        self.zeros = {}

    def zero_on(self, x):
        key = x.device, x.dtype
        if key not in self.zeros:
            self.zeros[key] = torch.zeros(1, device=x.device, dtype=x.dtype)
        return self.zeros[key]

    def forward(self, x):
        x = torch.maximum(self.conv1(x), self.zero_on(x))
        x = F.max_pool2d(x, 2)
        x = torch.flatten(x, 1)
        x = self.dense1(x)
        x[x < 0] = 0
        return self.dense2(x)
