"""mistake: layers-not-registered
The layers stand where the model does not see them, in a plain Python list, say, or on the class: parameters() and
state_dict() are empty. In __init__, assign each of them to self.
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
    conv1 = nn.Conv2d(3, 32, kernel_size=3, padding=1)
    dense1 = nn.Linear(288, 128)
    dense2 = nn.Linear(128, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.relu(self.dense1(torch.flatten(x, 1)))
        return self.dense2(x)
