"""tries: a traceback whose lines are tensors, and whose last line has a number of 3000 digits
like: nothing
"""

import gc

import torch

from grader.wire.messages import Channel, encode

judge = next(thing for thing in gc.get_objects() if type(thing) is Channel)
lines = [["modulelist.py", torch.zeros(2), "f", "x"], ["modulelist.py", 10**3000, "f", torch.zeros(2)]]
error = {"type": torch.zeros(3), "message": torch.zeros((2,) * 16), "frames": lines * 100, "own": True}
frame = encode({"error": error})

judge.send_frame(encode({"value": None}))
while True:
    judge.receive_frame()
    judge.send_frame(frame)
