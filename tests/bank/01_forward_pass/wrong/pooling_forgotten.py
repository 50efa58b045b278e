"""mistake: pooling-forgotten
There is no pooling. Without it there are 7x7 pixels in 32 channels, so dense1 gets 1568 numbers per image instead of
288.
fails: test_init_makes_the_three_layers
says: dense1.weight has the shape (128, 1568); expected (128, 288)
"""
import torch
import torch.nn.functional as F
from torch import nn


class ConvNet(nn.Module):
    def __init__(self, in_channels=3, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, 32, kernel_size=3, padding=1)
        self.dense1 = nn.Linear(32 * 7 * 7, 128)
        self.dense2 = nn.Linear(128, num_classes)

    def forward(self, x):
        x = F.relu(self.conv1(x))
        x = torch.flatten(x, 1)
        x = F.relu(self.dense1(x))
        return self.dense2(x)
