"""mistake: layer-made-anew
forward makes a layer anew that __init__ had made already. Every call throws the trained weights away and goes on with
random ones.
source: https://github.com/lafith/Mobile-UNet/issues/1
fails: test_gives_logits
fails: test_leaves_everything_as_it_was
fails: test_calls_its_layers
fails: test_ends_with_dense2
says: changed the values of dense2.
"""
import torch
import torch.nn.functional as F
from torch import nn


class ConvNet(nn.Module):
    def __init__(self, in_channels=3, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, 32, kernel_size=3, padding=1)
        self.dense1 = nn.Linear(32 * 3 * 3, 128)
        self.num_classes = num_classes
        self.dense2 = nn.Linear(128, num_classes)

    def forward(self, x):
        x = F.relu(self.conv1(x))
        x = F.max_pool2d(x, 2)
        x = torch.flatten(x, 1)
        x = F.relu(self.dense1(x))
        self.dense2 = nn.Linear(128, self.num_classes)
        return self.dense2(x)
