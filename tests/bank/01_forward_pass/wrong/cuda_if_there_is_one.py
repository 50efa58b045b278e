"""mistake: the-first-gpu
forward moves the model and x to "cuda", which is the first GPU, wherever the caller has put them. A model stays where it is, and so
does what it returns.
source: https://github.com/pykale/pykale/issues/542
fails: test_gives_logits
says: a tensor on cuda:0; expected one on cuda:1
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
        if torch.cuda.is_available():
            self.cuda()
            x = x.cuda()
        x = F.relu(self.conv1(x))
        x = F.max_pool2d(x, 2)
        x = torch.flatten(x, 1)
        x = F.relu(self.dense1(x))
        return self.dense2(x)
