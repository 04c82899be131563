from pathlib import Path

import pytest

from copydesk.settings import Settings, load
from transforms.errors import UsageError


def test_without_file_and_environment_the_defaults_hold(tmp_path: Path) -> None:
    assert load(tmp_path, {}) == Settings()


def test_the_environment_overrides_the_file(tmp_path: Path) -> None:
    (tmp_path / "copydesk.toml").write_text('data = "store"\nworkers = 3\nrules = ["site-rules"]\n')
    found = load(tmp_path, {"COPYDESK_WORKERS": "5", "COPYDESK_RULES": "one:two", "COPYDESK_TOLERANCE": "0.1"})
    assert found == Settings(Path("store"), 5, (Path("one"), Path("two")), 0.1)


@pytest.mark.parametrize("told", ["two.example:one.example", "two.example, one.example"])
def test_outlets_that_lead_are_named_best_first(tmp_path: Path, told: str) -> None:
    (tmp_path / "copydesk.toml").write_text('outlet_priority = ["one.example", "two.example"]\nfold_window = 0\n')
    assert load(tmp_path, {}) == Settings(fold_window=0, outlet_priority=("one.example", "two.example"))
    found = load(tmp_path, {"COPYDESK_OUTLET_PRIORITY": told, "COPYDESK_FOLD_WINDOW": "7"})
    assert found == Settings(fold_window=7, outlet_priority=("two.example", "one.example"))


@pytest.mark.parametrize(("told", "is_on"), [("0", False), ("false", False), ("1", True), ("True", True)])
def test_the_classifier_is_switched_by_the_environment_too(tmp_path: Path, told: str, is_on: bool) -> None:  # noqa: FBT001
    assert load(tmp_path, {"COPYDESK_CLASSIFIER": told}).classifier is is_on


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("wrokers = 3", "unknown setting 'wrokers'; there are data, workers"),
        ("workers = -1", "setting workers = -1: must not be negative"),
        ("tolerance = 2", "setting tolerance = 2: must lie between 0 and 1"),
        ("page_cpu_seconds = 0", "setting page_cpu_seconds = 0: must be greater than 0"),
        ("classifier = 2", "setting classifier = 2: must be true or false"),
        ("learn_after = -1", "setting learn_after = -1: must not be negative"),
        ("fold_window = -1", "setting fold_window = -1: must not be negative"),
        ("outlet_priority = 3", "setting outlet_priority = 3: must be a list of sites"),
        ("outlet_priority = [3]", "setting outlet_priority = [3]: must be a list of sites"),
        ('outlet_priority = ["a", " "]', "setting outlet_priority = ['a', ' ']: must not hold an empty name"),
        ('outlet_priority = "a:b,a"', "setting outlet_priority = 'a:b,a': names 'a' more than once"),
        ("workers =", "copydesk.toml: not TOML"),
    ],
)
def test_a_setting_that_cannot_be_right_is_refused_by_name(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "copydesk.toml").write_text(text)
    with pytest.raises(UsageError) as error:
        load(tmp_path, {})
    assert message in str(error.value)
