"""mistake: layers-with-two-names
The layers are registered twice, once under their own names and once in an nn.Sequential, so state_dict() lists each
of them twice.
fails: test_init_makes_the_three_layers
says: in its state besides the six
says: classifier
"""
from torch import nn


class ConvNet(nn.Module):
    def __init__(self, in_channels=3, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, 32, kernel_size=3, padding=1)
        self.dense1 = nn.Linear(32 * 3 * 3, 128)
        self.dense2 = nn.Linear(128, num_classes)
        self.features = nn.Sequential(self.conv1, nn.ReLU(), nn.MaxPool2d(2), nn.Flatten())
        self.classifier = nn.Sequential(self.dense1, nn.ReLU(), self.dense2)

    def forward(self, x):
        return self.classifier(self.features(x))
