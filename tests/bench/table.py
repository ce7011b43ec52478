"""What a bench says: on the terminal and in a file, a row for each figure with its bar."""


class Table:
    def __init__(self, path):
        self.out = open(path, "w", encoding="utf-8")

    def say(self, text=""):
        print(text, flush=True)
        self.out.write(text + "\n")
        self.out.flush()

    def row(self, figure, value, bar, reached):
        """`reached` None: there was nothing to judge."""
        mark = "not measured" if reached is None else "reached" if reached else "MISSED"
        self.say(f"| {figure} | {value} | {bar} | {mark} |")
