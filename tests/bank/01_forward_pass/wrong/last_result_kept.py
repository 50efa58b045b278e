"""mistake: last-result-kept
The last x and its logits are kept, and the same x gets the same logits again, also after the weights have changed. In
training they change with every step, so a model works its logits out anew in each call.
fails: test_ends_with_dense2
says: is a result of an earlier call kept and used again
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
        self.last_x = self.last_out = None

    def forward(self, x):
        if x is self.last_x:
            return self.last_out
        self.last_x = x
        x = F.relu(self.conv1(x))
        x = F.max_pool2d(x, 2)
        x = torch.flatten(x, 1)
        x = F.relu(self.dense1(x))
        self.last_out = self.dense2(x)
        return self.last_out
