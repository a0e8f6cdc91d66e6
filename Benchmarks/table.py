"""Writes the table in README.md from figures/*.json."""

import json
import pathlib

folder = pathlib.Path(__file__).parent
rows = ["| benchmark | ratio | spread | pairs | rival | wanted |", "| --- | --- | --- | --- | --- | --- |"]
for path in sorted(folder.glob("figures/*.json")):
    figures = json.loads(path.read_text())
    low, high = figures.get("spread", [figures["ratio"]] * 2)
    rows.append(
        f"| `{figures['name']}` | {figures['ratio']:.3g} | {low:.3g} to {high:.3g} | {len(figures['pairs'])} | "
        f"{figures.get('rival_name', '')} | {figures.get('wanted', '')} |"
    )
readme = folder / "README.md"
before, rest = readme.read_text().split("<!-- table -->\n")[0], readme.read_text().split("<!-- end of table -->\n")[1]
readme.write_text(before + "<!-- table -->\n" + "\n".join(rows) + "\n<!-- end of table -->\n" + rest)
