"""mistake: relus-without-effect
Negative numbers get past both relus. F.relu(x) does not change x, it returns a new tensor, so x = F.relu(x) is
needed; and other activations, such as a leaky relu or elu, let something through.
fails: test_relu_after_conv1
fails: test_relu_after_dense1
says: everything that leaves conv1 is negative here
says: some of what leaves dense1 is negative
"""
import torch
import torch.nn.functional as F
from torch import nn


class ConvNet(nn.Module):
    def __init__(self, in_channels=3, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, 32, kernel_size=3, padding=1)
        self.dense1 = nn.Linear(32 * 3 * 3, 128)
        self.dense2 = nn.Linear(128, num_classes)

    def forward(self, x):
        x = F.elu(self.conv1(x))
        x = F.max_pool2d(x, 2)
        x = torch.flatten(x, 1)
        x = F.elu(self.dense1(x))
        return self.dense2(x)
