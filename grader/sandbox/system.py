"""What this system offers for the sandbox: what is missing, and what workers may read.

Trusted side: the judge asks before it starts a warm parent.
"""

from __future__ import annotations

import ctypes
import os
import site
import sys
import sysconfig
from pathlib import Path

from grader.verdict import SandboxMode

_PR_SET_DUMPABLE = 4
_ASKING = 6  # libseccomp's word for what this kernel's filters can do


def missing() -> list[str]:
    """What this system lacks for the full sandbox, each in words; empty if nothing."""
    lacks = []
    if not hasattr(os, "fork"):
        lacks.append("fork (this system starts processes in another way)")
    if not sys.platform.startswith("linux"):
        lacks.append("Landlock and seccomp (they belong to Linux)")
        return lacks
    try:
        import landlockpy
    except ImportError:
        lacks.append("the package landlockpy")
    else:
        if not landlockpy.supported():
            lacks.append("Landlock in the kernel (Linux 5.13 or later, with 'landlock' among its LSMs)")
    try:
        import pyseccomp

        if pyseccomp.get_api() < _ASKING:
            lacks.append("filters of seccomp that ask (Linux 5.7 or later, and libseccomp 2.5 or later)")
    except (ImportError, RuntimeError, OSError, AttributeError):
        lacks.append("seccomp (the package pyseccomp, and the system's library libseccomp2)")
    return lacks


def landlock_version() -> int:
    """The version of the kernel's Landlock; 0 if there is none. From 6 on, it shuts off signals as well."""
    try:
        import landlockpy

        return landlockpy.abi_version()
    except (ImportError, OSError):
        return 0


def best_mode() -> SandboxMode:
    """Return the mode of the sandbox that this system can have."""
    return SandboxMode.REDUCED if missing() else SandboxMode.FULL


def readable_paths(secret_root: Path) -> list[str]:
    """The files and folders that a worker may read: Python, its packages, and what libraries look at.

    ``secret_root`` is the project's root; nothing of it is readable unless Python itself is installed below
    it. Raises PermissionError if a readable folder would contain it.
    """
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    places = {sysconfig.get_path(name) for name in names}
    places.update(site.getsitepackages())
    if site.ENABLE_USER_SITE:
        places.add(site.getusersitepackages())
    homes = [Path(sys.prefix).resolve(), Path(sys.base_prefix).resolve()]
    places.update(str(home / "lib") for home in homes)
    places.update(("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/share/zoneinfo"))
    places.update(("/etc/ld.so.cache", "/etc/localtime", "/dev/null", "/dev/zero", "/dev/urandom"))
    places.update(("/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system/cpu", "/sys/fs/cgroup"))
    root = secret_root.resolve()
    allowed: list[Path] = []
    for place in sorted(places):
        path = Path(place).resolve()
        if not path.exists():
            continue
        inside = path == root or root in path.parents
        if inside and not any(home != root and (home == path or home in path.parents) for home in homes):
            continue
        if path in root.parents:
            raise PermissionError(
                f"The project lies in {path}, which Python's own files make readable to students' code. "
                "Move the project to a folder of its own."
            )
        allowed.append(path)
    outermost = {path for path in allowed if not any(parent in allowed for parent in path.parents)}
    return sorted(str(path) for path in outermost)


def hide_memory() -> None:
    """In the judge: no process of the same user may read its memory or attach to it."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
