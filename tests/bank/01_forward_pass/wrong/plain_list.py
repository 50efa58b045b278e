"""mistake: layers-not-registered
The layers stand where the model does not see them, in a plain Python list, say, or on the class: parameters() and
state_dict() are empty. In __init__, assign each of them to self.
source: https://github.com/pytorch/pytorch/issues/715
fails: test_gives_logits
fails: test_init_makes_the_three_layers
fails: test_images_do_not_mix
fails: test_takes_any_memory_layout
says: it has none at all
"""
import torch
import torch.nn.functional as F
from torch import nn


class ConvNet(nn.Module):
    def __init__(self, in_channels=3, num_classes=10):
        super().__init__()
        self.layers = [
            nn.Conv2d(in_channels, 32, kernel_size=3, padding=1),
            nn.Linear(32 * 3 * 3, 128),
            nn.Linear(128, num_classes),
        ]

    def forward(self, x):
        conv1, dense1, dense2 = self.layers
        x = F.relu(conv1(x))
        x = F.max_pool2d(x, 2)
        x = torch.flatten(x, 1)
        x = F.relu(dense1(x))
        return dense2(x)
