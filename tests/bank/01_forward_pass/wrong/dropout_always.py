"""mistake: dropout-always
F.dropout(x) drops in eval mode too, unless it is told training=self.training; and this task has no dropout at all.
source: https://github.com/pytorch/pytorch/issues/26338
fails: test_leaves_everything_as_it_was
fails: test_relu_after_conv1
fails: test_relu_after_dense1
fails: test_pools_the_maximum
says: for the same x the first output was another one
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
        x = F.relu(self.conv1(x))
        x = F.max_pool2d(x, 2)
        x = torch.flatten(x, 1)
        x = F.dropout(F.relu(self.dense1(x)))
        return self.dense2(x)
