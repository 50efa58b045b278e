"""tries: a reason for a refusal that is a tensor of 16 dimensions, where words are expected
like: nothing
"""

import gc

import torch

from grader.wire.messages import Channel, encode

judge = next(thing for thing in gc.get_objects() if type(thing) is Channel)
frame = encode({"refused": torch.zeros((2,) * 16, dtype=torch.bool)})

judge.send_frame(encode({"value": None}))
while True:
    judge.receive_frame()
    judge.send_frame(frame)
