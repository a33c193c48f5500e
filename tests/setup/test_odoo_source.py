"""Where Odoo comes from: each link of the chain once the one before it is gone, against
a Debian repository and a git repository of this machine."""

import gzip
import hashlib
import subprocess

import debian
import odoo_source
import pytest
import stamps
from console import SetupError, Step

ODOO = "odoo-19"
ROOT = "usr/lib/python3/dist-packages/odoo"
RELEASE = "version_info = (19, 0, 0, 'final', 0, '')\n"
PINNED = odoo_source.PACKAGES[0].partition("=")[2]


class Repository:
    """A Debian repository of a few small packages."""

    def __init__(self, folder):
        self.folder = folder

    def add(self, name, version, suites, files=()):
        tree = self.folder / "trees" / name / version
        (tree / "DEBIAN").mkdir(parents=True)
        control = (
            f"Package: {name}\nVersion: {version}\nArchitecture: all\n"
            "Maintainer: Tests <tests@example.com>\nDescription: of the tests\n"
        )
        (tree / "DEBIAN" / "control").write_text(control)
        for path, content in dict(files).items():
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            (tree / path).write_bytes(content)
        archive = self.folder / f"{name}_{version}_all.deb"
        command = ["dpkg-deb", "--root-owner-group", "-b", tree, archive]
        subprocess.run(command, check=True, capture_output=True)
        content = archive.read_bytes()
        paragraph = (
            f"{control}Filename: {archive.name}\nSize: {len(content)}\n"
            f"SHA256: {hashlib.sha256(content).hexdigest()}\n\n"
        )
        for suite in suites:
            packages = self._packages(suite)
            with packages.open("a") as file:
                file.write(paragraph)
            self._write_release(suite, packages)

    def _write_release(self, suite, packages):
        """Name the suite and its list, as apt asks."""
        release = self.folder / "dists" / suite
        content = packages.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        path = packages.relative_to(release)
        (release / "Release").write_text(
            f"Suite: {suite}\nCodename: {suite}\nComponents: main\n"
            f"SHA256:\n {digest} {len(content)} {path}\n"
        )

    def _packages(self, suite):
        architecture = subprocess.run(
            ["dpkg", "--print-architecture"], capture_output=True, text=True, check=True
        ).stdout.strip()
        folder = self.folder / "dists" / suite / "main" / f"binary-{architecture}"
        folder.mkdir(parents=True, exist_ok=True)
        return folder / "Packages"

    def add_odoo(self, version):
        changelog = gzip.compress(f"{ODOO} ({version}) unstable\n".encode())
        self.add(
            ODOO,
            version,
            ["sid"],
            {
                f"{ROOT}/release.py": RELEASE.encode(),
                f"usr/share/doc/{ODOO}/changelog.Debian.gz": changelog,
            },
        )


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """Give a mirror that has the fonts and scripts, and no Odoo yet."""
    run = tmp_path / "run"
    run.mkdir()
    monkeypatch.setattr(debian, "APT", run / "apt")
    monkeypatch.setattr(stamps, "STAMPS", run / "stamps")
    monkeypatch.setattr(odoo_source, "RUN", run)
    monkeypatch.setattr(odoo_source, "ODOO", run / "odoo")
    monkeypatch.setattr(odoo_source, "_ORIGIN", run / "odoo" / "origin")
    monkeypatch.delenv("ODOO_PATH", raising=False)
    monkeypatch.setenv("ODOO_GIT", str(tmp_path / "nowhere"))
    # The Python of the tests has Odoo, that of a bare machine has not.
    monkeypatch.setattr(odoo_source, "_from_python", lambda: None)
    found = Repository(tmp_path / "mirror")
    for package in odoo_source.PACKAGES[1:]:
        name, _, suite = package.partition("/")
        found.add(name, "1.0", [suite])
    found.add("unrelated", "1.0", ["sid", "bookworm"])
    address = f"[trusted=yes] file:{found.folder}"
    monkeypatch.setattr(debian, "machine_mirror", lambda: address)
    return found


@pytest.fixture
def branch(tmp_path, monkeypatch):
    """Give a public repository with its branch 19.0."""
    folder = tmp_path / "branch"
    (folder / "odoo").mkdir(parents=True)
    (folder / "odoo" / "release.py").write_text(RELEASE)
    (folder / "addons" / "web").mkdir(parents=True)
    (folder / "addons" / "web" / "__manifest__.py").write_text("{}")
    identity = ["-c", "user.name=Tests", "-c", "user.email=tests@example.com"]
    for command in (
        ["init", "--quiet", "--initial-branch=19.0"],
        ["add", "--all"],
        [*identity, "commit", "--quiet", "--message=Branch"],
    ):
        subprocess.run(["git", "-C", folder, *command], check=True)
    monkeypatch.setenv("ODOO_GIT", f"file://{folder}")
    return folder


def find():
    return odoo_source.find(Step("Odoo 19", quiet=True))


def origin(source):
    return odoo_source._ORIGIN.read_text(), odoo_source._series(source.root)


def test_the_pinned_package_comes_first(repository, branch, capsys):
    repository.add_odoo(PINNED)
    repository.add_odoo("19.0.99")
    assert origin(find()) == (f"{ODOO}={PINNED}", "19.0")
    assert "ailleurs" not in capsys.readouterr().out


def test_without_it_the_newest_package_and_it_is_said(repository, branch, capsys):
    repository.add_odoo("19.0.99")
    assert origin(find()) == (f"{ODOO} 19.0.99", "19.0")
    assert f"{ODOO} 19.0.99" in capsys.readouterr().out


def test_without_a_package_the_public_branch(repository, branch, capsys):
    source = find()
    address, series = origin(source)
    assert address.startswith(f"file://{branch} ")
    assert series == "19.0"
    assert source.addons_paths == [source.root / "addons"]
    assert f"file://{branch}" in capsys.readouterr().out


def test_without_any_the_way_out_is_named(repository):
    with pytest.raises(SetupError) as caught:
        find()
    assert "ODOO_PATH=" in str(caught.value)
    # Each link says why it gave nothing.
    assert str(caught.value).count(ODOO) >= 2
    assert not odoo_source.ODOO.exists()


def test_a_given_copy_is_used_as_it_is(repository, branch, monkeypatch):
    monkeypatch.setenv("ODOO_PATH", str(branch))
    assert find().root == branch
    assert not odoo_source.ODOO.exists()


def test_a_python_that_odoo_does_not_know_is_named(repository, branch, monkeypatch):
    monkeypatch.setenv("ODOO_PATH", str(branch))
    release = branch / "odoo" / "release.py"
    for newest, is_refused in (("(3, 10)", True), ("(3, 99)", False)):
        release.write_text(f"{RELEASE}MAX_PY_VERSION = {newest}\n")
        if not is_refused:
            assert find().root == branch
            continue
        with pytest.raises(SetupError, match="PYTHON=python3.10"):
            find()


def test_found_once_it_is_found_without_the_network(repository, branch, monkeypatch):
    repository.add_odoo("19.0.99")
    first = find()

    def unreachable(*arguments, **options):
        raise AssertionError("nothing is to be fetched")

    monkeypatch.setattr(odoo_source, "_unpack_packages", unreachable)
    monkeypatch.setattr(odoo_source, "_cloned", unreachable)
    assert find() == first
