"""mistake: pooling-windows-overlap
The pooling windows move by 1 instead of 2, so 6x6 values are left and not 3x3.
fails: test_init_makes_the_three_layers
says: dense1.weight has the shape (128, 1152); expected (128, 288)
"""
import torch
import torch.nn.functional as F
from torch import nn


class ConvNet(nn.Module):
    def __init__(self, in_channels=3, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, 32, kernel_size=3, padding=1)
        self.pool = nn.MaxPool2d(kernel_size=2, stride=1)
        self.dense1 = nn.Linear(32 * 6 * 6, 128)
        self.dense2 = nn.Linear(128, num_classes)

    def forward(self, x):
        x = F.relu(self.conv1(x))
        x = self.pool(x)
        x = torch.flatten(x, 1)
        x = F.relu(self.dense1(x))
        return self.dense2(x)
