"""mistake: all-layers-in-forward
All layers are made in forward: every call starts with new random weights, and before the first call the model has
none. Make them in __init__.
source: https://github.com/pytorch/pytorch/issues/1291
fails: test_gives_logits
fails: test_init_makes_the_three_layers
fails: test_leaves_everything_as_it_was
says: it has none at all
says: changed the names in state_dict():
"""
import torch
import torch.nn.functional as F
from torch import nn


class ConvNet(nn.Module):
    def __init__(self, in_channels=3, num_classes=10):
        super().__init__()
        self.in_channels = in_channels
        self.num_classes = num_classes

    def forward(self, x):
        self.conv1 = nn.Conv2d(self.in_channels, 32, kernel_size=3, padding=1)
        self.dense1 = nn.Linear(32 * 3 * 3, 128)
        self.dense2 = nn.Linear(128, self.num_classes)
        x = F.relu(self.conv1(x))
        x = F.max_pool2d(x, 2)
        x = torch.flatten(x, 1)
        x = F.relu(self.dense1(x))
        return self.dense2(x)
