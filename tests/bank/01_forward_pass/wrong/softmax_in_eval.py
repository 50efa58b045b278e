"""mistake: softmax-in-eval
In eval mode forward returns probabilities, in train mode logits. Whoever calculates a loss for validation then gets
another one than in training; leave the softmax to the caller.
fails: test_ends_with_dense2
says: each row sums to 1, as after a softmax
says: ConvNet().eval()(x) with dense2.weight
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
        x = F.relu(self.dense1(x))
        logits = self.dense2(x)
        if self.training:
            return logits
        return torch.softmax(logits, dim=1)
