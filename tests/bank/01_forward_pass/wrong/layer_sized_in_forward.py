"""mistake: layers-on-first-call
A layer is made during the first call, to spare working out its size. Until then the model has no such parameters: an
optimizer that is built before does not train them, and a checkpoint finds no place for them.
source: https://github.com/graykode/nlp-tutorial/issues/29
fails: test_gives_logits
fails: test_init_makes_the_three_layers
fails: test_leaves_everything_as_it_was
says: changed the names in state_dict():
says: has no parameter dense1.weight
"""
import torch
import torch.nn.functional as F
from torch import nn


class ConvNet(nn.Module):
    def __init__(self, in_channels=3, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, 32, kernel_size=3, padding=1)
        self.dense1 = None
        self.dense2 = nn.Linear(128, num_classes)

    def forward(self, x):
        x = F.relu(self.conv1(x))
        x = F.max_pool2d(x, 2)
        x = torch.flatten(x, 1)
        if self.dense1 is None:
            self.dense1 = nn.Linear(x.shape[1], 128)
        x = F.relu(self.dense1(x))
        return self.dense2(x)
