"""The glossary of CONTRIBUTING lists words that the code uses."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_code_uses_each_word_of_the_glossary() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (section,) = re.findall(r"^## Glossary$(.*?)^## ", page, re.MULTILINE | re.DOTALL)
    words = re.findall(r"^\| (?!word )([\w -]+?) \|", section, re.MULTILINE)
    assert len(words) >= 10
    files = (ROOT / "registry").glob("*/**/*.py")
    code = "\n".join(f.read_text(encoding="utf-8") for f in files if "node_modules" not in f.parts)
    assert [w for w in words if not re.search(rf"\b{w}", code, re.IGNORECASE)] == []
