"""tries: leaving folders so deep that removing them fails, then exiting
like: nothing
"""

import os

for _ in range(3000):
    os.mkdir("d")
    os.chdir("d")
os._exit(0)
