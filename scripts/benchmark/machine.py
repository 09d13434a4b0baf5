"""What the measurements were made on, and with which versions."""

import ctypes
import os
import platform
import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from w2v_cli.systems.processes import usable_processors


def describe() -> dict[str, str]:
    """Processor, cores, system, and the versions of all that computes."""
    return {
        "processor": _processor(),
        "cores": str(usable_processors()),
        "system": platform.platform(),
        "Python": platform.python_version(),
        "BLAS kernel": f"{_blas_kernel()} (OPENBLAS_CORETYPE {_core_type()})",
        **{name: _version(name) for name in ("w2v-cli", "numpy", "gensim", "fasttext-wheel")},
    }


def _processor() -> str:
    try:
        found = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    except OSError:
        found = None
    return found[1] if found else platform.processor() or "unknown"


def _core_type() -> str:
    return os.environ.get("OPENBLAS_CORETYPE", "not set")


def _blas_kernel() -> str:
    """The processor family that NumPy's own OpenBLAS chose its kernels for."""
    import numpy as np

    for library in (Path(np.__file__).parent.parent / "numpy.libs").glob("*openblas*"):
        core_name = getattr(ctypes.CDLL(str(library)), "scipy_openblas_get_corename64_", None)
        if core_name is not None:
            core_name.restype = ctypes.c_char_p
            return core_name().decode()
    return "unknown"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
