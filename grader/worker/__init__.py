"""Where students' code runs: the warm parent, the confinement, the worker's loop, and what probes may use.

Untrusted side. Once a submission is loaded, everything in this room is the student's to change; nothing here
may know what is right. The judge's side of the wall is ``grader.sandbox``.
"""
