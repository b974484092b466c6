"""A folder of router files: what counts, and every fault of all files at once."""

from pathlib import Path

import pytest

from service.files.router_files import load_router_files, read, text_of
from service.settings import RouterSettings, Settings, SettingsError


def written(name: str, weight: str = "100", route: str = "all") -> str:
    return f"""\
name: {name}
default_route:
  route_id: {route}
  variants:
    - variant: {{variant_id: only, model_id: demo/fast}}
      weight: {weight}
"""


def fill(folder: Path, **texts: str) -> Settings:
    """Files by their names, `_` for the dot; and the settings that name the folder."""
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / name.replace("_", ".")).write_text(text, "utf-8")
    return Settings(routers=RouterSettings(folder=str(folder)))


def faults(settings: Settings) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load_router_files(settings)
    head, *lines = str(caught.value).splitlines()
    assert head == f"[routers] {settings.routers.folder}: cannot be used:"
    return [line.strip() for line in lines]


def test_without_a_folder_there_are_none() -> None:
    assert load_router_files(Settings()) == {}


def test_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "routers"
    settings = fill(
        folder,
        b_yaml=f"{written('b')}---\n{written('c')}",
        a_json='{"name": "a", "defaultRoute": {"route_id": "r", "variants": '
        '[{"variant": {"variant_id": "v", "model_id": "auto"}, "weight": 100}]}}',
        notes_txt="not: [read",
        _hidden_yaml="not: [read",
    )
    (folder / "deeper.yaml").mkdir()
    (folder / "deeper").mkdir()
    (folder / "deeper" / "d.yaml").write_text(written("d"), "utf-8")
    (tmp_path / "e").write_text(written("e"), "utf-8")
    (folder / "e.yml").symlink_to(tmp_path / "e")

    found = load_router_files(settings)

    assert list(found) == ["a", "b", "c", "e"]
    assert found["a"].default_route
    assert found["a"].default_route.variants[0].variant.model_id == "auto"


def test_an_empty_folder_is_no_fault(tmp_path: Path) -> None:
    assert load_router_files(fill(tmp_path / "routers")) == {}


def test_every_fault_is_told(tmp_path: Path) -> None:
    settings = fill(
        tmp_path / "routers",
        a_yaml=f"routers:\n- {written('a').replace(chr(10), chr(10) + '  ').rstrip()}\n- nome: x\n",
        b_yaml=written("b", weight="90"),
        c_yaml="name: [",
        d_yaml=written("D d", weight="x"),
        e_yaml="# nothing",
        f_json="{}",
    )
    (tmp_path / "routers" / "g.yaml").symlink_to(tmp_path / "nowhere")
    (tmp_path / "routers" / "h.yaml").symlink_to("h.yaml")

    found = faults(settings)

    assert [line.partition(": ")[0] for line in found] == sorted(line.partition(": ")[0] for line in found)
    text = "\n".join(found)
    for fault in (
        "a.yaml: routers[1]: nome: ",
        "b.yaml: default_route",
        "c.yaml: line ",
        "d.yaml: name: ",
        "d.yaml: default_route.variants[0].weight: must be a number",
        "e.yaml: holds no router",
        "f.json: ",
        "g.yaml: cannot be read: No such file or directory",
        "h.yaml: cannot be read: ",
    ):
        assert fault in text
    assert "routers[0]" not in text


def test_one_name_twice(tmp_path: Path) -> None:
    settings = fill(tmp_path / "r", a_yaml=written("x"), b_yaml=f"{written('y')}---\n{written('y')}")
    assert faults(settings) == ["b.yaml: router 'y' is given twice"]

    assert faults(fill(tmp_path / "r", b_yaml=written("x"))) == [
        "a.yaml and b.yaml: router 'x' is given twice"
    ]


@pytest.mark.parametrize(
    ("make", "fault"),
    [
        (lambda path: None, "No such file or directory"),
        (lambda path: path.write_text("", "utf-8"), "Not a directory"),
        (lambda path: path.symlink_to(path), ""),
    ],
    ids=["missing", "file", "circle"],
)
def test_a_folder_that_is_none(tmp_path: Path, make: object, fault: str) -> None:
    assert callable(make)
    make(tmp_path / "routers")

    (line,) = faults(Settings(routers=RouterSettings(folder=str(tmp_path / "routers"))))
    assert line.startswith(f"the folder cannot be read: {fault}")


def test_a_name_that_no_folder_can_have() -> None:
    (line,) = faults(Settings(routers=RouterSettings(folder="a\0b")))

    assert line.startswith("the folder cannot be read: ")


def test_a_huge_file_is_not_read_whole(tmp_path: Path) -> None:
    with (tmp_path / "a.yaml").open("wb") as file:
        file.truncate(2**33)  # bytes that take no room

    text = text_of(tmp_path / "a.yaml", "a.yaml")

    assert len(text.data) == 1024 * 1024 + 1
    assert faults(Settings(routers=RouterSettings(folder=str(tmp_path)))) == [
        "a.yaml: is larger than 1048576 bytes"
    ]


def test_read_keeps_the_order(tmp_path: Path) -> None:
    fill(tmp_path / "r", b_yaml=written("z"), a_yaml=written("y"))

    found = read([text_of(tmp_path / "r" / f"{name}.yaml", name) for name in "ba"])

    assert [(each.file, each.router.name) for each in found] == [("b", "z"), ("a", "y")]
