"""What a test does to a worker of a Dask cluster from within."""

import os
import signal
import threading
from pathlib import Path

from distributed import WorkerPlugin


class Killed(WorkerPlugin):
    """Kills (SIGKILL) the first worker that runs a task of this kind, some seconds into it."""

    def __init__(self, kind, flag, seconds=0.0):
        self.kind, self.flag, self.seconds = kind, flag, seconds
        self.name = f"killed {flag}"

    def setup(self, worker):
        self.worker = worker

    def transition(self, key, start, finish, **kwargs):
        if finish == "executing" and key.startswith(self.kind):
            try:
                Path(self.flag).touch(exist_ok=False)
            except FileExistsError:
                return
            threading.Timer(self.seconds, os.kill, (os.getpid(), signal.SIGKILL)).start()
