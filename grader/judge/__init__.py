"""The judge: one submission to one exercise, and out comes one verdict. Trusted side.

``session`` has the ``Judge``, and ``suites`` the hidden tests that it runs. ``bank`` has the known answers,
and ``diagnosis`` tells which of them a submission looks like.
"""
