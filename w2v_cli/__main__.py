"""Where the program begins: `w2v` and `python -m w2v_cli`."""

import signal

__all__ = ["main"]


def main() -> None:
    """Run the program; Ctrl-C while it is still imported ends it without a traceback."""
    handler = signal.getsignal(signal.SIGINT)
    if handler is signal.default_int_handler:  # a caller may ignore Ctrl-C for its background
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from w2v_cli.cli import main as program

    signal.signal(signal.SIGINT, handler)
    program()


if __name__ == "__main__":
    main()
