"""What is installed elsewhere works there."""

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from rag.settings import CHECKOUT


@pytest.mark.slow
def test_a_wheel_works_in_an_empty_environment(tmp_path: Path) -> None:
    """The lean core alone reads, indexes and answers without torch; no `app` lands in the host's space."""
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--outdir", str(tmp_path), str(CHECKOUT)],
        check=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    venv.create(tmp_path / "venv", with_pip=True)
    bin_ = tmp_path / "venv" / ("Scripts" if os.name == "nt" else "bin")
    subprocess.run([bin_ / "pip", "install", "--quiet", str(wheel)], check=True)
    # lib64 is another name for lib.
    (site,) = {found.resolve() for found in (tmp_path / "venv").glob("[Ll]ib*/**/site-packages")}
    assert not (site / "app").exists()
    assert (site / "wenbao_app" / "__init__.py").is_file()
    assert not (site / "torch").exists()
    environment = {key: value for key, value in os.environ.items() if not key.startswith("WENBAO_")}
    environment |= {"WENBAO_INDEX": str(tmp_path / "index")}

    def wenbao(*arguments: str) -> str:
        done = subprocess.run(
            [bin_ / "wenbao", *arguments],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            encoding="utf8",
            check=True,
        )
        return done.stdout

    seeds = site / "rag" / "shipped" / "seeds"
    assert '"added": 1' in wenbao("index", str(seeds), "--json")
    assert "30000元" in wenbao("ask", "马先生因为生病拿到了多少互助金？")
