"""The `zoo` program, called as a person calls it."""

import json
import subprocess
from pathlib import Path

import numpy as np


class ZooFailed(Exception):
    """The program ended with another exit code than 0; the text is what it said on stderr."""


class Zoo:
    def __init__(self, binary):
        self.binary = str(Path(binary).resolve())

    def run(self, *arguments):
        """Runs one command; returns what it printed."""
        command = [self.binary, *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=900)
        if done.returncode != 0:
            said = " / ".join(done.stderr.strip().splitlines()) or "nothing on stderr"
            raise ZooFailed(f"zoo {arguments[0]} ended with {done.returncode}: {said}")
        return done.stdout

    def list(self):
        return json.loads(self.run("list", "--json"))

    def identify(self, file):
        return json.loads(self.run("identify", file, "--json"))

    def convert(self, file, output, base=None, size=None):
        options = ["--base", base] if base else []
        options += ["--input-size", size] if size else []
        self.run("convert", file, "-o", output, "--quiet", *options)
        return output

    def extract(self, model, *inputs, output, layer=None, pooling=None, resize=None):
        options = ["--layer", layer] if layer else []
        options += ["--pooling", pooling] if pooling else []
        options += ["--resize", resize] if resize else []
        self.run("extract", model, *inputs, "-o", output, "--quiet", *options)
        return np.load(output)

    def export(self, model, output, *options):
        self.run("export", model, "-o", output, "--quiet", *options)
        return output

    def layers(self, model):
        """The layers' names in Keras' order."""
        return [row["name"] for row in json.loads(self.run("info", model, "--layers", "--json"))["summary"]]
