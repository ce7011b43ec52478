"""dense.py POINTS [LEAST]: the assignment as SciPy's linear_sum_assignment solves it.

A dense matrix of doubles, a row for each newcomer, a column for each place; pairs that
are not allowed, or below LEAST points, are worth nothing. All values and their sums are
whole and below 2^53, so the doubles are exact. Prints people, their weight, points and
the seconds of each stage. POINTS comes from bench/points.
"""
import sys
import time

import numpy
from scipy.optimize import linear_sum_assignment


def read(path):
    with open(path, "rb") as file:
        n, m, person = map(int, numpy.fromfile(file, numpy.uint32, 3))
        weight = numpy.fromfile(file, numpy.uint32, n).astype(numpy.int64)
        places = numpy.fromfile(file, numpy.uint32, m)
        points = numpy.fromfile(file, numpy.int16, n * m).reshape(n, m)
    return person, weight, places, points


def main():
    began = time.monotonic()
    person, weight, places, points = read(sys.argv[1])
    least = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    owner = numpy.repeat(numpy.arange(len(places)), places)
    cost = points[:, owner].astype(numpy.float64)
    worthless = cost < least
    cost += (weight * person).astype(numpy.float64)[:, None]
    numpy.negative(cost, out=cost)
    cost[worthless] = 0
    del worthless
    built = time.monotonic()
    row, column = linear_sum_assignment(cost)
    solved = time.monotonic()
    got = points[row, owner[column]]
    served = got >= least
    print(f"people {served.sum()} weight {weight[row[served]].sum()}"
          f" points {got[served].sum(dtype=numpy.int64)} pairs {(points >= least).sum()}"
          f" read {built - began:.3f} solve {solved - built:.3f}")


if __name__ == "__main__":
    main()
