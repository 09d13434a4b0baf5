"""Gives back what it is given: stands for the process that trains beside a Dask worker."""

from contextlib import suppress

from w2v_cli.cluster.node import channel
from w2v_cli.cluster.wire import Closed, receive, send

if __name__ == "__main__":
    with channel() as (requests, answers), suppress(Closed):
        while True:
            send(answers, *receive(requests))
