"""The judge: one submission to one exercise, and out comes one verdict. Trusted side.

``session`` has the ``Judge``, ``suites`` the hidden tests that it runs.
"""
