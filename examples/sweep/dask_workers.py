"""Workers of a sweep on a Dask cluster: python dask_workers.py SCHEDULER STORAGE COUNT."""

import sys

from distributed import Client

from arenafit import join_sweep


def main(scheduler: str, storage: str, count: int) -> None:
    client = Client(scheduler)
    futures = [client.submit(join_sweep, storage, pure=False) for _ in range(count)]
    for status in client.gather(futures):
        print(status.counts)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
