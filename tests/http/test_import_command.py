"""`cairn import`: the same import as over HTTP, from the command line."""
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import cairn  # noqa: E402

HEADER = "external_id,display_name,participation,languages,time_zone,availability\n"
GOOD = "c-{0},Person {0},newcomer,en:B2,Europe/Paris,Mon 18:00-20:00\n"
BAD = "c-{0},,guest,en:Z9,Europe/Nowhere,Mon 18:00-17:00\n"


class ImportCommand(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = cairn.Service()
        cls.addClassCleanup(cls.service.close)
        cls.admin = cls.service.client(role="admin")

    def run_import(self, text, *args):
        path = os.path.join(self.service.cluster.dir, "members.csv")
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return subprocess.run(
            [cairn.program(), "import", path, "--community", "test", *args,
             "--database", self.service.cluster.conninfo],
            capture_output=True, text=True, timeout=60)

    def test_good(self):
        text = HEADER + "".join(GOOD.format(i) for i in range(3))
        done = self.run_import(text, "--program", "Spring", "--validate-only")
        self.assertEqual(done.returncode, 2)  # there is no such program yet
        self.assertIn("no such program", done.stderr)
        done = self.run_import(text, "--program", "Spring", "--create-program")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("3 created, 0 updated, 3 enrolled", done.stdout)
        program = self.admin.get("/v1/programs").json["items"][0]
        self.assertEqual((program["name"], program["enrolled"]["newcomers"]),
                         ("Spring", 3))
        done = self.run_import(text, "--program", "Spring")
        self.assertIn("0 created, 3 updated", done.stdout)

    def test_every_fault_is_printed(self):
        done = self.run_import(
            HEADER + "".join(BAD.format(f"bad-{i}") for i in range(20)))
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        lines = done.stderr.splitlines()
        for row in range(2, 22):
            columns = {line.split(": ")[1] for line in lines
                       if line.split(": ")[0].endswith(f"members.csv:{row}")}
            self.assertEqual(columns, {"display_name", "participation", "languages",
                                       "time_zone", "availability"})
        self.assertFalse(list(self.admin.pages("/v1/members?q=bad-")))


if __name__ == "__main__":
    unittest.main()
