"""mistake: flatten-forgotten
There is no flattening between pooling and dense1. A linear layer works on the last dimension, which is 3 pixels there
and not 288 numbers.
fails: test_gives_logits
says: 480x3 and 288x128
"""
import torch.nn.functional as F
from torch import nn


class ConvNet(nn.Module):
    def __init__(self, in_channels=3, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, 32, kernel_size=3, padding=1)
        self.dense1 = nn.Linear(32 * 3 * 3, 128)
        self.dense2 = nn.Linear(128, num_classes)

    def forward(self, x):
        x = F.relu(self.conv1(x))
        x = F.max_pool2d(x, 2)
        x = F.relu(self.dense1(x))
        return self.dense2(x)
