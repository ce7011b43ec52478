"""The judge of the fault tests, judged: good histories pass, bad ones do not."""
import unittest

from tests.lib.history import Step, unexplained


def take(pairing, begun, ended, done=True):
    return Step("take", pairing, done, begun, ended)


def give(pairing, begun, ended, done=True):
    return Step("give", pairing, done, begun, ended)


def number(places, begun, ended, done=True):
    return Step("set", f"set {places}", done, begun, ended, places)


class History(unittest.TestCase):
    def test_good(self):
        for places, steps in (
                (1, []),
                (1, [take("a", 0, 1)]),
                (2, [take("a", 0, 1), take("b", 0, 1)]),
                (1, [take("a", 0, 1), take("b", 2, 3, done=False)]),
                # The refusal overlaps the place's giving back: either order explains it.
                (1, [take("a", 0, 1), give("a", 2, 4), take("b", 3, 5, done=False)]),
                (1, [take("a", 0, 1), give("a", 2, 4), take("b", 3, 5)]),
                # Nobody knows whether a was made: both answers to b are explained.
                (1, [take("a", 0, 9, done=None), take("b", 2, 3)]),
                (1, [take("a", 0, 1, done=None), take("b", 2, 3, done=False)]),
                (1, [take("a", 0, 1), give("a", 2, 3, done=None), take("b", 4, 5)]),
                # More places, and fewer; refused while they are in use.
                (1, [take("a", 0, 1), number(2, 2, 3), take("b", 4, 5)]),
                (2, [number(1, 0, 1), take("a", 2, 3), take("b", 4, 5, done=False)]),
                (2, [take("a", 0, 1), number(0, 2, 3, done=False)]),
                # Which of the two came last nobody knows: each answer is explained.
                (2, [number(1, 0, 9), number(0, 0, 9), take("a", 10, 11)]),
                (2, [number(1, 0, 9), number(0, 0, 9), take("a", 10, 11, done=False)]),
                (1, [number(0, 0, 9), take("a", 2, 3)]),
                (1, [number(0, 0, 1, done=None), take("a", 2, 3)])):
            self.assertEqual(unexplained(steps, places), [])

    def test_bad(self):
        for places, steps, bad in (
                (1, [take("a", 0, 1), take("b", 2, 3)], "b"),                # overfilled
                (1, [take("a", 0, 1, done=False)], "a"),                     # nobody there
                (1, [take("a", 0, 1), give("a", 2, 3),
                     take("b", 4, 5, done=False)], "b"),                     # free again
                (2, [take("a", 0, 1), take("b", 0, 1), give("a", 9, 10),
                     take("c", 2, 3)], "c"),                                 # too early
                (2, [number(1, 0, 1), take("a", 2, 3), take("b", 4, 5)], "b"),  # overfilled
                (1, [number(2, 0, 1), take("a", 2, 3),
                     take("b", 4, 5, done=False)], "b"),                     # one was free
                (2, [take("a", 0, 1), take("b", 0, 1), number(1, 2, 3)], "set 1"),
                (2, [take("a", 0, 1), give("a", 2, 3),
                     number(0, 4, 5, done=False)], "set 0")):                # nobody there
            self.assertEqual([s.pairing for s in unexplained(steps, places)], [bad])


if __name__ == "__main__":
    unittest.main()
