"""The judge of the fault tests, judged: good histories pass, bad ones do not."""
import unittest

from tests.lib.history import Step, unexplained


def take(pairing, begun, ended, done=True):
    return Step("take", pairing, done, begun, ended)


def give(pairing, begun, ended, done=True):
    return Step("give", pairing, done, begun, ended)


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
                (1, [take("a", 0, 1), give("a", 2, 3, done=None), take("b", 4, 5)])):
            self.assertEqual(unexplained(steps, places), [])

    def test_bad(self):
        for places, steps, bad in (
                (1, [take("a", 0, 1), take("b", 2, 3)], "b"),                # overfilled
                (1, [take("a", 0, 1, done=False)], "a"),                     # nobody there
                (1, [take("a", 0, 1), give("a", 2, 3),
                     take("b", 4, 5, done=False)], "b"),                     # free again
                (2, [take("a", 0, 1), take("b", 0, 1), give("a", 9, 10),
                     take("c", 2, 3)], "c")):                                # too early
            self.assertEqual([s.pairing for s in unexplained(steps, places)], [bad])


if __name__ == "__main__":
    unittest.main()
