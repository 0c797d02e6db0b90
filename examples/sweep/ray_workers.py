"""Workers of a sweep on a Ray cluster: python ray_workers.py STORAGE COUNT."""

import sys

import ray

from arenafit import join_sweep


def main(storage: str, count: int) -> None:
    ray.init(address="auto")
    helper = ray.remote(num_cpus=1)(join_sweep)
    for status in ray.get([helper.remote(storage) for _ in range(count)]):
        print(status.counts)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
