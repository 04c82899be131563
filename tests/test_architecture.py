"""Imports point one way: transforms <- copydesk <- flows; transforms touch no disk, clock, chance or scheduler."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("transforms", "copydesk", "flows")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
MAY_IMPORT = {
    "transforms": {"transforms"},
    "copydesk": {"transforms", "copydesk"},
    "flows": {"transforms", "copydesk", "flows", "prefect"},
}
OURS = {"transforms", "copydesk", "flows", "benchmarks", "tests", "prefect"}
OUTSIDE_WORLD = {"os", "io", "shutil", "tempfile", "time", "random", "uuid", "secrets", "socket", "subprocess"}
OUTSIDE_WORLD |= {"threading", "multiprocessing", "logging", "duckdb", "urllib.request", "requests"}
CLOCKS = {"now", "today", "utcnow"}


def imports(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: relative import"
            yield node.module or ""


@pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.relative_to(ROOT)))
def test_imports_point_one_way(module: Path) -> None:
    package = module.relative_to(ROOT).parts[0]
    used = {name.split(".")[0] for name in imports(module)} & OURS
    assert used <= MAY_IMPORT[package]


@pytest.mark.parametrize(
    "module", sorted((ROOT / "transforms").rglob("*.py")), ids=lambda module: str(module.relative_to(ROOT))
)
def test_transforms_touch_no_disk_clock_or_chance(module: Path) -> None:
    assert not set(imports(module)) & OUTSIDE_WORLD
    tree = ast.parse(module.read_text(encoding="utf-8"))
    called = {node.func for node in ast.walk(tree) if isinstance(node, ast.Call)}
    names = {f.attr for f in called if isinstance(f, ast.Attribute)} | {
        f.id for f in called if isinstance(f, ast.Name)
    }
    assert not names & (CLOCKS | {"open", "print"})
    reads_files = module.name in {"rule_files.py", "model_file.py"}  # data that the package carries
    assert reads_files or not names & {"read_text", "read_bytes", "write_text", "write_bytes"}


def test_nothing_of_the_product_reads_what_only_developers_have() -> None:
    product = [*MODULES, *ROOT.glob("sql/**/*.sql"), *ROOT.glob("transforms/rules/*.toml"), ROOT / "prefect.yaml"]
    assert [str(file) for file in product if "shared/" in file.read_text(encoding="utf-8")] == []


@pytest.mark.parametrize("heavy", ["prefect", "numba", "trafilatura", "ftfy", "pyarrow", "duckdb"])
def test_the_command_line_starts_without_heavy_packages(heavy: str) -> None:
    code = f"import sys, copydesk.cli; sys.exit({heavy!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_edition_needs_no_prefect() -> None:
    code = "import sys, copydesk.edition; sys.exit('prefect' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        str(module) for module in MODULES if not ast.get_docstring(ast.parse(module.read_text(encoding="utf-8")))
    ]
    assert silent == []
