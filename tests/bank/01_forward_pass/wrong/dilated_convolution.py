"""mistake: another-convolution
conv1 has weights of the right shape, but is another convolution: one with a padding_mode, say, so that there are no
zeros around the image, or with a dilation, so that there are gaps in its windows.
fails: test_computes_the_logits
says: ConvNet(3, 10).train()(x) returned
says: look at the padding of conv1 (zeros)
"""
import torch
import torch.nn.functional as F
from torch import nn


class ConvNet(nn.Module):
    def __init__(self, in_channels=3, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, 32, kernel_size=3, padding=2, dilation=2)
        self.dense1 = nn.Linear(32 * 3 * 3, 128)
        self.dense2 = nn.Linear(128, num_classes)

    def forward(self, x):
        x = F.relu(self.conv1(x))
        x = F.max_pool2d(x, 2)
        x = torch.flatten(x, 1)
        x = F.relu(self.dense1(x))
        return self.dense2(x)
