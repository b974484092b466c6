#!/usr/bin/env python3
"""Generate gen/ from the protos: messages, stubs, their types, and the descriptor set Envoy reads.

``python proto/generate.py``               writes gen/ anew.
``python proto/generate.py --check``       writes nothing; names each file of gen/ that is not as
                                           generated, and exits with 1 if there is one.
``python proto/generate.py --image PATH``  writes an image with comments and positions, for ``buf lint``.

The output depends on the protos and on the pinned versions of grpcio-tools, mypy-protobuf and
googleapis-common-protos, and on nothing else: no paths, no time, no platform.
"""

import argparse
import shutil
import sys
import sysconfig
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import distribution
from pathlib import Path

from google.protobuf.descriptor_pb2 import FileDescriptorSet
from grpc_tools import protoc  # type: ignore[import-untyped] # ships no types

PROTO = Path(__file__).resolve().parent
GEN = PROTO.parent / "gen"
OURS = "pointsman"

# Envoy renders the details of a status only if it knows their types.
DETAILS = ("google/rpc/error_details.proto", "google/rpc/status.proto")

# googleapis-common-protos ships no types, so gen/ has those of the modules that are used.
UNTYPED = (
    "google/api/httpbody.proto",
    "google/longrunning/operations.proto",
    "google/rpc/code.proto",
    *DETAILS,
)

# googleapis-common-protos ships this file under another name than the one it is registered by.
RENAMED = {"google/longrunning/operations.proto": "google/longrunning/operations_proto.proto"}

# Files of the packages that no plugin writes.
SCAFFOLD = {
    f"{OURS}/__init__.py": '"""Generated client and server code of the Pointsman APIs."""\n',
    f"{OURS}/py.typed": "",
    f"{OURS}/v1/__init__.py": '"""Generated code of pointsman.v1: one module a proto file."""\n',
}


class GenerateError(Exception):
    """Says why nothing could be generated."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    parser = argparse.ArgumentParser(description="Generate gen/ from the protos.")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--check", action="store_true", help="only compare gen/ with what would be generated")
    mode.add_argument("--image", type=Path, metavar="PATH", help="only write an image for buf lint")
    options = parser.parse_args(argv)
    try:
        if options.image:
            write_descriptors(options.image, source_info=True)
        elif options.check:
            return check()
        else:
            write()
    except GenerateError as error:
        sys.stderr.write(f"proto/generate.py: {error}\n")
        return 1
    return 0


def write() -> None:
    """Replace gen/ by what the protos say."""
    with generated() as fresh:
        shutil.rmtree(GEN, ignore_errors=True)
        for name, content in contents(fresh).items():
            path = GEN / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def check() -> int:
    """Compare gen/ with what the protos say; return 1 and name the files if it differs."""
    with generated() as fresh:
        expected, actual = contents(fresh), contents(GEN)
    stale = [name for name in sorted(expected | actual) if expected.get(name) != actual.get(name)]
    for name in stale:
        state = "is missing" if name not in actual else "differs" if name in expected else "is not generated"
        sys.stderr.write(f"gen/{name} {state}\n")
    if stale:
        sys.stderr.write("run: python proto/generate.py\n")
    return 1 if stale else 0


def contents(folder: Path) -> dict[str, bytes]:
    """Read every file below a folder, caches apart."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@contextmanager
def generated() -> Iterator[Path]:
    """Give a temporary folder that holds all of gen/, freshly generated."""
    with tempfile.TemporaryDirectory(prefix="pointsman-gen-") as name:
        folder = Path(name)
        run_protoc(f"--python_out={folder}", *our_protos())
        run_protoc(
            f"--plugin=protoc-gen-mypy={plugin('protoc-gen-mypy')}",
            f"--mypy_out=quiet:{folder}",
            *our_protos(),
            *UNTYPED,
        )
        for path, text in SCAFFOLD.items():
            (folder / path).write_text(text, encoding="utf-8")
        descriptors = folder / OURS / "descriptors.binpb"
        write_descriptors(descriptors)
        run_protoc(
            f"--grpc_python_out={folder}",
            f"--plugin=protoc-gen-mypy_grpc={plugin('protoc-gen-mypy_grpc')}",
            f"--mypy_grpc_out=quiet:{folder}",
            *with_services(descriptors),
        )
        yield folder


def write_descriptors(path: Path, *, source_info: bool = False) -> None:
    """Write the descriptor set of all our files and everything they import."""
    run_protoc(
        "--include_imports",
        *(["--include_source_info"] if source_info else []),
        f"--descriptor_set_out={path}",
        *our_protos(),
        *DETAILS,
    )


def run_protoc(*arguments: str) -> None:
    """Run protoc over our protos, those of googleapis-common-protos and the well-known ones."""
    with renamed_protos() as renamed:
        includes = [f"-I{path}" for path in (PROTO, renamed, common_protos(), well_known_protos())]
        status = protoc.main(["protoc", *includes, "--fatal_warnings", *arguments])
    if status:
        raise GenerateError(f"protoc failed with status {status}")


def our_protos() -> list[str]:
    """List our proto files, relative to proto/, in a fixed order."""
    return sorted(path.relative_to(PROTO).as_posix() for path in PROTO.glob(f"{OURS}/**/*.proto"))


def with_services(descriptors: Path) -> list[str]:
    """List those of our proto files that have a service: the others would get empty stubs."""
    files = FileDescriptorSet.FromString(descriptors.read_bytes()).file
    return [file.name for file in files if file.service and file.name.startswith(f"{OURS}/")]


def well_known_protos() -> Path:
    """Find google/protobuf/*.proto, which grpcio-tools ships."""
    return Path(protoc.__file__).parent / "_proto"


def common_protos() -> Path:
    """Find google/api/*.proto and google/rpc/*.proto, which googleapis-common-protos installs."""
    return Path(str(distribution("googleapis-common-protos").locate_file("")))


@contextmanager
def renamed_protos() -> Iterator[Path]:
    """Give a temporary folder that holds files of googleapis-common-protos under their right names."""
    with tempfile.TemporaryDirectory(prefix="pointsman-protos-") as name:
        folder = Path(name)
        for path, shipped in RENAMED.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(common_protos() / shipped, folder / path)
        yield folder


def plugin(name: str) -> str:
    """Find a protoc plugin among the scripts of the running Python's environment."""
    found = shutil.which(name, path=sysconfig.get_path("scripts"))
    if found is None:
        raise GenerateError(f"{name} is not installed")
    return found


if __name__ == "__main__":
    sys.exit(main())
