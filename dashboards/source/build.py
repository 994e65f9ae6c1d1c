"""Writes the dashboards as JSON: build.py FOLDER"""

import pathlib
import sys

import exporter
import fleet
import group
import parts
import topic

folder = pathlib.Path(sys.argv[1])
for name, module in {"fleet": fleet, "group": group, "topic": topic, "exporter": exporter}.items():
    (folder / f"{name}.json").write_text(parts.text(module.made()), encoding="utf-8")
