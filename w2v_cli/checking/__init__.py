"""The gradient checks: the equations, a plain reference, and the kernels that train."""
