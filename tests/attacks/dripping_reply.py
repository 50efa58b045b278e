"""tries: a reply that comes byte by byte, so that something always arrives
like: nothing
"""

import gc
import time

from grader.wire.messages import Channel, encode

judge = next(thing for thing in gc.get_objects() if type(thing) is Channel)
judge.send_frame(encode({"value": None}))
while True:
    judge.receive_frame()
    for byte in encode({"value": "drip" * 100}):
        judge.sock.sendall(bytes([byte]))
        time.sleep(0.2)
