"""The app is put together from parts: none may take a private name of another one for something else."""

from collections import Counter

from chattui.tui.app import ChattuiApp


def test_private_names_belong_to_one_part() -> None:
    parts = [part for part in ChattuiApp.__mro__ if part.__module__.startswith("chattui.")]
    names = Counter(
        name
        for part in parts
        for name, value in vars(part).items()
        if name.startswith("_") and not name.startswith(("__", "_abc")) and callable(value)
    )
    assert [name for name, count in names.items() if count > 1] == []
