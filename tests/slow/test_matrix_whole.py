"""Who may what, in full: every refusal of every operation, too (tests/http/test_matrix)."""
import unittest

from tests.http import test_matrix


class Whole(test_matrix.TestMatrix):
    whole, at_least = True, 20000


if __name__ == "__main__":
    unittest.main()
