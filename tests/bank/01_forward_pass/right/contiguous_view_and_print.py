"""view after contiguous(), a check of the size with a message, and a print that was forgotten."""
import torch
from torch import nn


class ConvNet(nn.Module):
    def __init__(self, in_channels: int = 3, num_classes: int = 10, hidden: int = 128):
        super().__init__()
        self.in_channels = in_channels
        self.num_classes = num_classes
        self.conv1 = nn.Conv2d(in_channels, 32, 3, padding=1)
        self.dense1 = nn.Linear(288, hidden)
        self.dense2 = nn.Linear(hidden, num_classes)

    def forward(self, x):
        if x.shape[1:] != (self.in_channels, 7, 7):
            raise ValueError(f"expected images of {self.in_channels} x 7 x 7, got {tuple(x.shape)}")
        x = self.conv1(x).clamp(min=0)
        x = nn.functional.max_pool2d(x, kernel_size=2)
        print("after pooling:", x.shape)
        x = x.contiguous().view(x.size(0), -1)
        x = torch.relu(self.dense1(x))
        return self.dense2(x)
