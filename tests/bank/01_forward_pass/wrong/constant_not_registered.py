"""mistake: constant-not-registered
A tensor that is just assigned to self does not move with the model: only parameters, buffers and modules do. Such a constant belongs
into register_buffer, with persistent=False if it is not to be saved.
source: https://github.com/lyuwenyu/RT-DETR/issues/677
fails: test_gives_logits
says: these tensors of the model are not there: zero (on cpu)
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
        self.zero = torch.zeros(1)

    def forward(self, x):
        x = torch.maximum(self.conv1(x), self.zero)
        x = F.max_pool2d(x, 2)
        x = torch.flatten(x, 1)
        x = F.relu(self.dense1(x))
        return self.dense2(x)
