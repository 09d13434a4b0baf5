"""Word vectors from text: skip-gram and CBOW on a vectorised NumPy core.

The command line (`w2v`) is the product; `w2v_cli.pipeline` is the same thing for
a Python program. Importing this package imports neither, so that start-up stays cheap.
"""

__all__ = ["__version__"]

__version__ = "0.1.0"
